/** The protobuf messages of built-in types: their fields by number, over the same nodes that everything else goes by. */
import { fieldNumbers, schemaNamed } from './catalog';
import { CompiledSchema, type Struct } from './compiled';

/** A type that has no field numbers (custom kinds have none), and what the server answers of it. */
export class NotMarshalableError extends Error {
  constructor(type: string) {
    super(
      `object ${type} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`,
    );
    this.name = 'NotMarshalableError';
  }
}

export interface MessageField {
  number: number;
  name: string;
  schema: CompiledSchema;
}

/** The fields of an embedded struct: in JSON they stand beside the others, in protobuf in a message of their own. */
export interface InlinedMessage {
  number: number;
  inlined: Message;
}

export class Message {
  /** By number, ascending. */
  readonly fields: readonly (MessageField | InlinedMessage)[];
  private readonly byNumber: ReadonlyMap<number, MessageField | InlinedMessage>;

  constructor(
    /** For complaints: `PodSpec`. */
    readonly name: string,
    fields: (MessageField | InlinedMessage)[],
  ) {
    this.fields = fields.sort((a, b) => a.number - b.number);
    this.byNumber = new Map(fields.map((field) => [field.number, field]));
  }

  field(number: number): MessageField | InlinedMessage | undefined {
    return this.byNumber.get(number);
  }
}

const messages = new WeakMap<Struct, Message>();

/** @throws NotMarshalableError for a type without numbers. */
export function messageOf(struct: Struct): Message {
  let message = messages.get(struct);
  if (!message) {
    const numbers = fieldNumbers(struct.name);
    if (!numbers) throw new NotMarshalableError(struct.name);
    message = messageFrom(
      struct,
      Object.entries(numbers).map(([name, path]) => ({ name, path: typeof path === 'number' ? [path] : path })),
    );
    messages.set(struct, message);
  }
  return message;
}

function messageFrom(struct: Struct, all: { name: string; path: number[] }[]): Message {
  const fields: (MessageField | InlinedMessage)[] = [];
  const inlined = new Map<number, { name: string; path: number[] }[]>();
  for (const { name, path } of all) {
    const [number = 0, ...rest] = path;
    if (rest.length === 0) {
      const schema = struct.field(name);
      if (schema) fields.push({ number, name, schema });
    } else inlined.set(number, [...(inlined.get(number) ?? []), { name, path: rest }]);
  }
  for (const [number, inner] of inlined) fields.push({ number, inlined: messageFrom(struct, inner) });
  return new Message(struct.name.slice(struct.name.lastIndexOf('.') + 1), fields);
}

/** How a type that holds arbitrary JSON is carried: as JSON text in a message, or as one of the unions of a CustomResourceDefinition's schema. */
export type AnyForm = 'raw' | 'OrArray' | 'OrBool' | 'OrStringArray';

/** @throws NotMarshalableError for types that no source describes. */
export function anyForm({ goType }: CompiledSchema): AnyForm {
  if (goType === 'runtime.RawExtension' || goType === 'v1.FieldsV1' || goType === 'v1.JSON') return 'raw';
  if (goType.startsWith('v1.JSONSchemaProps')) return goType.slice('v1.JSONSchemaProps'.length) as AnyForm;
  throw new NotMarshalableError(goType);
}

/** True for lists that are messages with their items in field 1: they can be told from absent ones (`Verbs`, `ExtraValue`). */
export function isWrappedList({ goType }: CompiledSchema): boolean {
  return goType === 'v1.Verbs' || goType === 'v1.ExtraValue';
}

let props: CompiledSchema | undefined;

/** The schema of a schema. */
export function jsonSchemaProps(): CompiledSchema {
  props ??= schemaNamed('apiextensions/v1.JSONSchemaProps') as CompiledSchema;
  return props;
}

/** The struct behind a schema node. @throws NotMarshalableError where it is not one of a built-in type. */
export function structOf(schema: unknown, type: string): Struct {
  if (schema instanceof CompiledSchema && schema.struct) return schema.struct;
  throw new NotMarshalableError(type);
}
