// Puts lmdb's own JavaScript into the bundle, so that it starts from compiled code as the rest does; its native part stays where
// npm put it. As a package lmdb takes longer to load than to list a thousand pods: it looks for its native part with
// child_process, reads ELF headers, and loads encoders that the store never uses. Where the short way finds nothing, the
// package is loaded as it is.
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

const require = createRequire(import.meta.url);
const package_ = dirname(require.resolve('lmdb'));

const CHOICE = `
try {
  module.exports = require(${JSON.stringify(join(package_, 'index.cjs'))});
} catch {
  module.exports = require('lmdb');
}`;

/** The file that node-gyp-build-optional-packages would choose, for the usual systems: glibc on Linux, macOS, Windows. */
const NATIVE = `
module.exports = () => {
  const { platform, arch, versions } = process;
  if (platform === 'linux' && require('node:fs').readdirSync('/lib').some((name) => name.startsWith('ld-musl-')))
    throw new Error('not glibc');
  const libc = platform === 'linux' ? '.glibc' : '';
  const folder = '@lmdb/lmdb-' + platform + '-' + arch;
  try {
    return require(folder + '/node.abi' + versions.modules + libc + '.node');
  } catch {
    return require(folder + '/node.napi' + libc + '.node');
  }
};`;

/** How lmdb would write values and keys, and keep them, if the store did not say it itself. */
const UNUSED = 'exports.Encoder = exports.WeakLRUCache = undefined; exports.enableNullTermination = () => {};';

export const lmdbInside = {
  name: 'lmdb-inside',
  setup(builder) {
    const late = (namespace, filter, contents) => {
      builder.onResolve({ filter }, ({ importer, path, namespace: from }) => {
        // What the choice falls back on is the package itself.
        if (from === 'lmdb-choice') return path === 'lmdb' ? { path, external: true } : undefined;
        const isWanted = namespace === 'lmdb-choice' || importer.includes(`${sep}lmdb${sep}`);
        return isWanted ? { path, namespace } : undefined;
      });
      builder.onLoad({ filter: /./, namespace }, () => ({ contents, loader: 'js', resolveDir: package_ }));
    };
    late('lmdb-choice', /^lmdb$/, CHOICE);
    late('lmdb-native', /^node-gyp-build-optional-packages$/, NATIVE);
    late('lmdb-unused', /^(?:msgpackr|ordered-binary|weak-lru-cache)$/, UNUSED);
  },
};
