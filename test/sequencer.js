/**
 * The long ones first, so that no worker has nothing to do at the end. Jest knows by itself how long each file took last time, on this
 * machine; where it does not, it begins with the largest file, and the longest to run are among the smallest.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = [
  'differential/differential',
  'docs/docs',
  'conformance/conformance',
  'sim/determinism',
  'clients/transcripts',
  'server/serve-command',
  'server/time-limits',
  'store/contract',
  'store/concurrency',
  'commands/completion-scripts',
  'startup/launcher',
  'clients/credentials',
];

module.exports = class extends Sequencer {
  async sort(tests) {
    const place = ({ path }) => {
      const at = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    // The order is kept among all others.
    return [...(await super.sort(tests))].sort((a, b) => place(a) - place(b));
  }
};
