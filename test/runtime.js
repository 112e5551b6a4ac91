/**
 * Jest's runtime, which compiles each module once for a worker instead of once for every test file: hundreds of modules are in most of
 * them, and compiling took a quarter of the time. A script is run in each file's context anew, so nothing else is shared.
 */
const vm = require('node:vm');

const { compileFunction } = vm;
/** By file: its source, and the script that was made of it. */
const scripts = new Map();

vm.compileFunction = (source, parameters = [], options = {}) => {
  const { filename, parsingContext } = options;
  if (!filename || !parsingContext) return compileFunction(source, parameters, options);
  const head = `(function (${parameters.join(', ')}) {`;
  let known = scripts.get(filename);
  if (known?.source !== source || known.head !== head) {
    // What is on its first line stands where it stood. `import()` does not come up: swc makes `require` of it.
    const script = new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length });
    known = { source, head, script };
    scripts.set(filename, known);
  }
  return known.script.runInContext(parsingContext);
};

module.exports = require('jest-runtime');
