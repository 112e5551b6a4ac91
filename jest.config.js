/** Jest runs TypeScript through swc; packages that ship only ES modules are transformed too. */
module.exports = {
  setupFiles: ['<rootDir>/test/setup.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(chalk|jose|lowdb|steno|pure-rand)/)'],
  // Jest leaves one core to whoever watches; on two cores that is half of them.
  maxWorkers: '100%',
  runtime: '<rootDir>/test/runtime.js',
  testSequencer: '<rootDir>/test/sequencer.js',
  testTimeout: 60_000,
};
