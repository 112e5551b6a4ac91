// What esbuild has split, as CommonJS: ES modules in, scripts out that require one another.
// esbuild's own conversion reads every imported name through a getter with each use, which made the program a fifth slower.
// Here a script takes what it imports when it is loaded. That is the same as long as scripts don't import one another in a
// circle and no exported name is given another value later; the first is checked here, of the second our code has none.
import { Script } from 'node:vm';

const IMPORT = /(?<=^|[;}\n])import(?: ([\w$]+)[, ])?(?:\{([^{}]*)\}|\*as ([\w$]+) ?)?(?:from)?"([^"]+)";/g;
const EXPORT_LIST = /export\{([^{}]*)\};?\s*$/;
const EXPORT_DEFAULT = /export default ([^;]*);?\s*$/;
const LATE = /\bimport\("(\.\/[^"]+\.cjs)"\)/g;

/** One script: minified, as esbuild writes it. @throws Error where it is not */
function converted({ name, text }) {
  let head = '';
  // Imports count before all else, wherever they stand.
  const takeImport = (_, standard, names, space, from) => {
    const module = `require(${JSON.stringify(from)})`;
    if (standard) head += `const ${standard}=${module}${from.startsWith('./') ? '.default' : ''};`;
    if (space) head += `const ${space}=${module};`;
    if (names) head += `const{${pairs(names, (outside, inside) => `${outside}:${inside}`)}}=${module};`;
    if (!standard && !space && !names) head += `${module};`;
    return '';
  };
  let rest = text.replace(IMPORT, takeImport);
  rest = rest
    .replace(
      EXPORT_LIST,
      (_, names) => `module.exports={${pairs(names, (inside, outside) => `${outside}:${inside}`)}};`,
    )
    .replace(EXPORT_DEFAULT, (_, value) => `module.exports={default:${value}};`)
    .replace(LATE, (_, from) => `Promise.resolve().then(()=>require(${JSON.stringify(from)}))`);
  const code = head + rest;
  try {
    new Script(`(function(exports,require,module){${code}\n})`);
  } catch (error) {
    throw new Error(`${name} is not as esbuild wrote it once: ${error.message}`);
  }
  return code;
}

/** `a as b,c` told as `tell(a, b),tell(c, c)`. */
function pairs(names, tell) {
  return names
    .split(',')
    .filter((each) => each !== '')
    .map((each) => {
      const [first, second = first] = each.trim().split(' as ');
      return tell(first, second);
    })
    .join(',');
}

/** @throws Error where scripts import one another in a circle */
function checkOrder(scripts) {
  const imports = new Map(scripts.map(({ name, code }) => [name, requiredAtOnce(code)]));
  const done = new Set();
  const visit = (name, way) => {
    if (way.includes(name)) throw new Error(`scripts import one another: ${[...way, name].join(' → ')}`);
    if (done.has(name)) return;
    for (const next of imports.get(name) ?? []) visit(next, [...way, name]);
    done.add(name);
  };
  for (const { name } of scripts) visit(name, []);
}

function requiredAtOnce(code) {
  const head = /^(?:(?:const(?: [\w$]+|\{[^{}]*\})=)?require\("[^"]+"\)(?:\.default)?;)*/.exec(code)[0];
  return [...head.matchAll(/require\("\.\/([^"]+)"\)/g)].map(([, name]) => name);
}

/** @param scripts `{name, text}` of each: minified ES modules, split by esbuild. @returns `{name, code}` of each */
export function asCommonJs(scripts) {
  const all = scripts.map(({ name, text }) => ({ name, code: converted({ name, text }) }));
  checkOrder(all);
  return all;
}
