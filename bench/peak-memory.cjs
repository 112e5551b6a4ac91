// Loaded before a program (`node -r`): when it ends, the most memory that it ever took stands in the file KUBETICK_BENCH_PEAK.
const { writeFileSync } = require('node:fs');
process.on('exit', () => writeFileSync(process.env.KUBETICK_BENCH_PEAK, String(process.resourceUsage().maxRSS / 1024)));
