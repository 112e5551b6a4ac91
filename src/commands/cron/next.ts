/** `cron next`: when a schedule comes next. */
import { parseCronSchedule } from '../../apimachinery/cron';
import { nextTime } from '../../apimachinery/cron-times';
import { humanDuration } from '../../apimachinery/human-duration';
import { formatTime, parseTime } from '../../apimachinery/time';
import { formatInZone, loadTimeZone, type TimeZone, UTC } from '../../apimachinery/time-zone';
import { type Command, CommandError, type Invocation } from '../command';
import { ownTable } from '../own-table';

const MOST_TIMES = 10_000;

const command: Command = {
  use: 'next SCHEDULE [--tz ZONE] [-n COUNT]',
  short: 'Tell the next times of a schedule',
  long: `Tell the next times of a schedule, from the cluster's own clock on: local time in the zone of the schedule, the same in UTC, and how long until then.

A schedule has five fields (minute, hour, day of the month, month, day of the week), or is one of @hourly, @daily, @weekly, @monthly, @yearly and @every DURATION.`,
  examples: `# The next five nights
kubetick cron next '30 2 * * *'

# Around the end of summer time
kubetick cron next '30 2 * * *' --tz Europe/Berlin --from 2026-10-24T00:00:00Z -n 3`,
  flags: [
    {
      name: 'tz',
      type: 'string',
      usage: 'The time zone of the schedule, as spec.timeZone of a cron job. Default: UTC.',
    },
    { name: 'count', shorthand: 'n', type: 'int', default: 5, usage: 'How many times to tell.' },
    { name: 'from', type: 'string', usage: "Count from this time (RFC 3339) instead of the cluster's." },
  ],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  const [text] = args;
  if (text === undefined || args.length > 1)
    throw new CommandError(`exactly one schedule is required, got ${args.length}; a schedule with blanks needs quotes`);
  const count = flags.int('count');
  if (count < 1 || count > MOST_TIMES) throw new CommandError(`--count must be from 1 to ${MOST_TIMES}`);
  const schedule = readSchedule(text);
  const zoneName = flags.string('tz');
  if (zoneName !== '' && schedule.timeZone !== undefined)
    throw new CommandError('cannot use both --tz and TZ or CRON_TZ in schedule');
  const zone = readZone(schedule.timeZone ?? zoneName);
  const from = await startOf(invocation);
  const rows: string[][] = [];
  let at: number | undefined = from;
  while (rows.length < count) {
    at = nextTime(schedule, at, zone);
    if (at === undefined) break;
    rows.push([`${weekday(at, zone)} ${formatInZone(at, zone)}`, formatTime(at), humanDuration(at - from)]);
  }
  if (rows.length === 0) throw new CommandError(`schedule ${JSON.stringify(text)} names no time within five years`);
  streams.out(await ownTable(streams, ['NEXT', 'UTC', 'IN'], rows));
}

function readSchedule(text: string) {
  try {
    return parseCronSchedule(text);
  } catch (error) {
    throw new CommandError(`invalid schedule ${JSON.stringify(text)}: ${(error as Error).message}`);
  }
}

function readZone(name: string): TimeZone {
  try {
    return name === '' ? UTC : loadTimeZone(name);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

async function startOf(invocation: Invocation): Promise<number> {
  const text = invocation.flags.string('from');
  if (text === '') return (await invocation.time()).now();
  const from = parseTime(text);
  if (from === undefined)
    throw new CommandError(`--from must be a time as 2026-01-01T00:00:00Z, got ${JSON.stringify(text)}`);
  return from;
}

function weekday(instant: number, zone: TimeZone): string {
  return new Date(instant + zone.offsetAt(instant)).toUTCString().slice(0, 3);
}
