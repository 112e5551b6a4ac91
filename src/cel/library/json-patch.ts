/** `jsonpatch.escapeKey`, for paths of patches (apiserver `pkg/cel/library/jsonpatch.go`). */
import { type FunctionDeclaration, overload } from '../functions';
import { STRING } from '../types';

export const JSON_PATCH_FUNCTIONS: readonly FunctionDeclaration[] = [
  {
    name: 'jsonpatch.escapeKey',
    overloads: [
      overload('string_jsonpatch_escapeKey_string', [STRING], STRING, (text: string) =>
        text.replaceAll('~', '~0').replaceAll('/', '~1'),
      ),
    ],
  },
];
