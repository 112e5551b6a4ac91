/** Schedules as robfig/cron v3 reads them (ParseStandard), and their times, in zones whose clocks change. */
import fc from 'fast-check';
import { parseCronSchedule, STAR } from '../../src/apimachinery/cron';
import { nextTime } from '../../src/apimachinery/cron-times';
import { formatInZone, isTimeZone, loadTimeZone, localTime } from '../../src/apimachinery/time-zone';

/** A schedule in a zone, and its times one after the other from an instant on. */
type Course = [zone: string, spec: string, from: string, times: string[]];

// Reckoned by hand from the calendar and the rule of SpecSchedule.Next: months, days, hours, minutes, each moved on until it fits.
const courses: Course[] = [
  // Berlin: 02:00 becomes 03:00 on 29 March 2026, 03:00 becomes 02:00 on 25 October.
  [
    'Europe/Berlin',
    '0 * * * *',
    '2026-03-28T23:30:00Z',
    [
      '2026-03-29T01:00:00+01:00',
      '2026-03-29T03:00:00+02:00',
      '2026-03-29T04:00:00+02:00',
      '2026-03-29T05:00:00+02:00',
      '2026-03-29T06:00:00+02:00',
    ],
  ],
  [
    'Europe/Berlin',
    '30 2 * * *',
    '2026-03-27T23:00:00Z',
    ['2026-03-28T02:30:00+01:00', '2026-03-30T02:30:00+02:00', '2026-03-31T02:30:00+02:00'],
  ],
  ['Europe/Berlin', '0 2 * * *', '2026-03-28T23:00:00Z', ['2026-03-30T02:00:00+02:00', '2026-03-31T02:00:00+02:00']],
  ['Europe/Berlin', '0 3 * * *', '2026-03-28T23:00:00Z', ['2026-03-29T03:00:00+02:00', '2026-03-30T03:00:00+02:00']],
  [
    'Europe/Berlin',
    '*/30 * * * *',
    '2026-03-29T00:00:00Z',
    [
      '2026-03-29T01:30:00+01:00',
      '2026-03-29T03:00:00+02:00',
      '2026-03-29T03:30:00+02:00',
      '2026-03-29T04:00:00+02:00',
      '2026-03-29T04:30:00+02:00',
    ],
  ],
  [
    'Europe/Berlin',
    '@daily',
    '2026-03-28T12:00:00Z',
    ['2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00', '2026-03-31T00:00:00+02:00'],
  ],
  [
    'Europe/Berlin',
    '15 1-3 29 3 *',
    '2026-03-28T12:00:00Z',
    ['2026-03-29T01:15:00+01:00', '2026-03-29T03:15:00+02:00', '2027-03-29T01:15:00+02:00'],
  ],
  [
    'Europe/Berlin',
    '0 * * * *',
    '2026-10-24T22:30:00Z',
    [
      '2026-10-25T01:00:00+02:00',
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T02:00:00+01:00',
      '2026-10-25T03:00:00+01:00',
      '2026-10-25T04:00:00+01:00',
      '2026-10-25T05:00:00+01:00',
    ],
  ],
  [
    'Europe/Berlin',
    '30 2 * * *',
    '2026-10-23T23:00:00Z',
    [
      '2026-10-24T02:30:00+02:00',
      '2026-10-25T02:30:00+02:00',
      '2026-10-25T02:30:00+01:00',
      '2026-10-26T02:30:00+01:00',
    ],
  ],
  ['Europe/Berlin', '0 3 * * *', '2026-10-24T22:00:00Z', ['2026-10-25T03:00:00+01:00', '2026-10-26T03:00:00+01:00']],
  [
    'Europe/Berlin',
    '*/30 2 * * *',
    '2026-10-24T22:00:00Z',
    [
      '2026-10-25T02:00:00+02:00',
      '2026-10-25T02:30:00+02:00',
      '2026-10-25T02:00:00+01:00',
      '2026-10-25T02:30:00+01:00',
      '2026-10-26T02:00:00+01:00',
      '2026-10-26T02:30:00+01:00',
    ],
  ],
  [
    'Europe/Berlin',
    '@daily',
    '2026-10-24T12:00:00Z',
    ['2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00', '2026-10-27T00:00:00+01:00'],
  ],
  [
    'Europe/Berlin',
    '0 12 * * sun',
    '2026-03-22T00:00:00Z',
    ['2026-03-22T12:00:00+01:00', '2026-03-29T12:00:00+02:00', '2026-04-05T12:00:00+02:00'],
  ],
  // New York: 02:00 becomes 03:00 on 8 March 2026, 02:00 becomes 01:00 on 1 November.
  [
    'America/New_York',
    '0 * * * *',
    '2026-03-08T05:30:00Z',
    [
      '2026-03-08T01:00:00-05:00',
      '2026-03-08T03:00:00-04:00',
      '2026-03-08T04:00:00-04:00',
      '2026-03-08T05:00:00-04:00',
    ],
  ],
  [
    'America/New_York',
    '30 2 * * *',
    '2026-03-07T05:00:00Z',
    ['2026-03-07T02:30:00-05:00', '2026-03-09T02:30:00-04:00', '2026-03-10T02:30:00-04:00'],
  ],
  [
    'America/New_York',
    '59 1,3 * * *',
    '2026-03-08T05:00:00Z',
    [
      '2026-03-08T01:59:00-05:00',
      '2026-03-08T03:59:00-04:00',
      '2026-03-09T01:59:00-04:00',
      '2026-03-09T03:59:00-04:00',
    ],
  ],
  [
    'America/New_York',
    '*/20 * * * *',
    '2026-03-08T06:20:00Z',
    [
      '2026-03-08T01:40:00-05:00',
      '2026-03-08T03:00:00-04:00',
      '2026-03-08T03:20:00-04:00',
      '2026-03-08T03:40:00-04:00',
      '2026-03-08T04:00:00-04:00',
    ],
  ],
  [
    'America/New_York',
    '0 * * * *',
    '2026-11-01T04:30:00Z',
    [
      '2026-11-01T01:00:00-04:00',
      '2026-11-01T01:00:00-05:00',
      '2026-11-01T02:00:00-05:00',
      '2026-11-01T03:00:00-05:00',
      '2026-11-01T04:00:00-05:00',
    ],
  ],
  [
    'America/New_York',
    '30 1 * * *',
    '2026-10-31T04:00:00Z',
    [
      '2026-10-31T01:30:00-04:00',
      '2026-11-01T01:30:00-04:00',
      '2026-11-01T01:30:00-05:00',
      '2026-11-02T01:30:00-05:00',
    ],
  ],
  ['America/New_York', '0 2 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T02:00:00-05:00', '2026-11-02T02:00:00-05:00']],
  [
    'America/New_York',
    '*/20 1 * * *',
    '2026-11-01T04:00:00Z',
    [
      '2026-11-01T01:00:00-04:00',
      '2026-11-01T01:20:00-04:00',
      '2026-11-01T01:40:00-04:00',
      '2026-11-01T01:00:00-05:00',
      '2026-11-01T01:20:00-05:00',
      '2026-11-01T01:40:00-05:00',
      '2026-11-02T01:00:00-05:00',
    ],
  ],
  [
    'America/New_York',
    '0 0 * * *',
    '2026-10-31T12:00:00Z',
    ['2026-11-01T00:00:00-04:00', '2026-11-02T00:00:00-05:00', '2026-11-03T00:00:00-05:00'],
  ],
  // Lord Howe: half an hour, 02:00 becomes 02:30 on 4 October 2026, 02:00 becomes 01:30 on 5 April. Where hours are
  // counted on from 01:00 they come to 03:30 or 02:30, so that the full hour behind it is missed.
  [
    'Australia/Lord_Howe',
    '0 * * * *',
    '2026-10-03T13:15:00Z',
    [
      '2026-10-04T00:00:00+10:30',
      '2026-10-04T01:00:00+10:30',
      '2026-10-04T03:00:00+11:00',
      '2026-10-04T04:00:00+11:00',
      '2026-10-04T05:00:00+11:00',
      '2026-10-04T06:00:00+11:00',
    ],
  ],
  [
    'Australia/Lord_Howe',
    '15 2 * * *',
    '2026-10-02T16:00:00Z',
    ['2026-10-05T02:15:00+11:00', '2026-10-06T02:15:00+11:00', '2026-10-07T02:15:00+11:00'],
  ],
  [
    'Australia/Lord_Howe',
    '45 2 * * *',
    '2026-10-02T16:00:00Z',
    ['2026-10-03T02:45:00+10:30', '2026-10-04T02:45:00+11:00', '2026-10-05T02:45:00+11:00'],
  ],
  [
    'Australia/Lord_Howe',
    '0 3 * * *',
    '2026-10-02T16:00:00Z',
    ['2026-10-03T03:00:00+10:30', '2026-10-05T03:00:00+11:00', '2026-10-06T03:00:00+11:00'],
  ],
  [
    'Australia/Lord_Howe',
    '*/15 1-2 4 10 *',
    '2026-10-03T12:00:00Z',
    [
      '2026-10-04T01:00:00+10:30',
      '2026-10-04T01:15:00+10:30',
      '2026-10-04T01:30:00+10:30',
      '2026-10-04T01:45:00+10:30',
      '2026-10-04T02:30:00+11:00',
      '2026-10-04T02:45:00+11:00',
      '2027-10-04T01:00:00+11:00',
    ],
  ],
  [
    'Australia/Lord_Howe',
    '0 * * * *',
    '2026-04-04T13:15:00Z',
    [
      '2026-04-05T01:00:00+11:00',
      '2026-04-05T02:00:00+10:30',
      '2026-04-05T03:00:00+10:30',
      '2026-04-05T04:00:00+10:30',
      '2026-04-05T05:00:00+10:30',
      '2026-04-05T06:00:00+10:30',
    ],
  ],
  [
    'Australia/Lord_Howe',
    '45 1 * * *',
    '2026-04-03T14:00:00Z',
    [
      '2026-04-04T01:45:00+11:00',
      '2026-04-05T01:45:00+11:00',
      '2026-04-05T01:45:00+10:30',
      '2026-04-06T01:45:00+10:30',
    ],
  ],
  [
    'Australia/Lord_Howe',
    '15 1 * * *',
    '2026-04-03T14:00:00Z',
    ['2026-04-04T01:15:00+11:00', '2026-04-05T01:15:00+11:00', '2026-04-06T01:15:00+10:30'],
  ],
  [
    'Australia/Lord_Howe',
    '0 2 * * *',
    '2026-04-03T14:00:00Z',
    ['2026-04-04T02:00:00+11:00', '2026-04-06T02:00:00+10:30', '2026-04-07T02:00:00+10:30'],
  ],
  // São Paulo: midnight becomes 01:00 on 4 November 2018, midnight becomes 23:00 on 18 February. Whoever goes on by
  // hours passes the midnight that is not there without looking at the day again.
  [
    'America/Sao_Paulo',
    '0 0 * * *',
    '2018-11-02T12:00:00Z',
    [
      '2018-11-03T00:00:00-03:00',
      '2018-11-05T00:00:00-02:00',
      '2018-11-06T00:00:00-02:00',
      '2018-11-07T00:00:00-02:00',
    ],
  ],
  [
    'America/Sao_Paulo',
    '30 0 * * *',
    '2018-11-02T12:00:00Z',
    [
      '2018-11-03T00:30:00-03:00',
      '2018-11-05T00:30:00-02:00',
      '2018-11-06T00:30:00-02:00',
      '2018-11-07T00:30:00-02:00',
    ],
  ],
  [
    'America/Sao_Paulo',
    '0 1 * * *',
    '2018-11-03T12:00:00Z',
    ['2018-11-04T01:00:00-02:00', '2018-11-05T01:00:00-02:00', '2018-11-06T01:00:00-02:00'],
  ],
  [
    'America/Sao_Paulo',
    '0 23 * * *',
    '2018-02-17T12:00:00Z',
    [
      '2018-02-17T23:00:00-02:00',
      '2018-02-17T23:00:00-03:00',
      '2018-02-18T23:00:00-03:00',
      '2018-02-19T23:00:00-03:00',
    ],
  ],
  [
    'America/Sao_Paulo',
    '0 0 * * *',
    '2018-02-16T12:00:00Z',
    [
      '2018-02-17T00:00:00-02:00',
      '2018-02-18T00:00:00-03:00',
      '2018-02-19T00:00:00-03:00',
      '2018-02-20T00:00:00-03:00',
    ],
  ],
  [
    'America/Sao_Paulo',
    '0 0 5 * *',
    '2018-10-06T12:00:00Z',
    ['2018-11-05T00:00:00-02:00', '2018-12-05T00:00:00-02:00', '2019-01-05T00:00:00-02:00'],
  ],
  [
    'America/Sao_Paulo',
    '0 0 * nov *',
    '2018-10-06T12:00:00Z',
    [
      '2018-11-01T00:00:00-03:00',
      '2018-11-02T00:00:00-03:00',
      '2018-11-03T00:00:00-03:00',
      '2018-11-05T00:00:00-02:00',
      '2018-11-06T00:00:00-02:00',
    ],
  ],
  ['America/Sao_Paulo', '0 1 3 11 *', '2018-11-03T12:00:00Z', ['2018-11-04T01:00:00-02:00']],
  // Zones that are no whole hours off, and the forms that a schedule can have.
  [
    'Asia/Kolkata',
    '0 9 * * 1-5',
    '2026-01-01T00:00:00Z',
    [
      '2026-01-01T09:00:00+05:30',
      '2026-01-02T09:00:00+05:30',
      '2026-01-05T09:00:00+05:30',
      '2026-01-06T09:00:00+05:30',
    ],
  ],
  [
    'Asia/Kathmandu',
    '*/30 * * * *',
    '2026-01-01T00:00:00Z',
    ['2026-01-01T06:00:00+05:45', '2026-01-01T06:30:00+05:45', '2026-01-01T07:00:00+05:45'],
  ],
  [
    'UTC',
    '0 12 1 */3 *',
    '2026-01-01T12:00:00Z',
    ['2026-04-01T12:00:00Z', '2026-07-01T12:00:00Z', '2026-10-01T12:00:00Z', '2027-01-01T12:00:00Z'],
  ],
  [
    'UTC',
    '5/20 * * * *',
    '2026-01-01T00:00:00Z',
    ['2026-01-01T00:05:00Z', '2026-01-01T00:25:00Z', '2026-01-01T00:45:00Z', '2026-01-01T01:05:00Z'],
  ],
  [
    'UTC',
    '0 0 13 * fri',
    '2026-01-01T00:00:00Z',
    [
      '2026-01-02T00:00:00Z',
      '2026-01-09T00:00:00Z',
      '2026-01-13T00:00:00Z',
      '2026-01-16T00:00:00Z',
      '2026-01-23T00:00:00Z',
      '2026-01-30T00:00:00Z',
    ],
  ],
  [
    'UTC',
    '0 0 */10 * mon',
    '2026-01-01T00:00:00Z',
    [
      '2026-01-05T00:00:00Z',
      '2026-01-11T00:00:00Z',
      '2026-01-12T00:00:00Z',
      '2026-01-19T00:00:00Z',
      '2026-01-21T00:00:00Z',
      '2026-01-26T00:00:00Z',
    ],
  ],
  [
    'UTC',
    '0 0 * * mon/2',
    '2026-01-01T00:00:00Z',
    ['2026-01-02T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-07T00:00:00Z', '2026-01-09T00:00:00Z'],
  ],
  [
    'UTC',
    '0 0 29 2 *',
    '2026-01-01T00:00:00Z',
    ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z', '2036-02-29T00:00:00Z'],
  ],
  [
    'UTC',
    '0 0 31 * *',
    '2026-01-01T00:00:00Z',
    [
      '2026-01-31T00:00:00Z',
      '2026-03-31T00:00:00Z',
      '2026-05-31T00:00:00Z',
      '2026-07-31T00:00:00Z',
      '2026-08-31T00:00:00Z',
    ],
  ],
  [
    'UTC',
    '0 0 30,31 4,6 *',
    '2026-01-01T00:00:00Z',
    ['2026-04-30T00:00:00Z', '2026-06-30T00:00:00Z', '2027-04-30T00:00:00Z'],
  ],
  [
    'UTC',
    '0 22-23,0-1 * * *',
    '2026-01-01T00:00:00Z',
    [
      '2026-01-01T01:00:00Z',
      '2026-01-01T22:00:00Z',
      '2026-01-01T23:00:00Z',
      '2026-01-02T00:00:00Z',
      '2026-01-02T01:00:00Z',
    ],
  ],
  ['UTC', '@yearly', '2026-01-01T00:00:00Z', ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z']],
  ['UTC', '@annually', '2026-06-01T00:00:00Z', ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z']],
  ['UTC', '@monthly', '2026-01-31T00:00:00Z', ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z']],
  ['UTC', '@weekly', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00Z', '2026-01-11T00:00:00Z', '2026-01-18T00:00:00Z']],
  ['UTC', '@midnight', '2026-01-01T00:00:01Z', ['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']],
  ['UTC', '@hourly', '2026-01-01T00:59:59Z', ['2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z']],
  [
    'UTC',
    '@every 1h30m',
    '2026-01-01T00:00:10Z',
    ['2026-01-01T01:30:10Z', '2026-01-01T03:00:10Z', '2026-01-01T04:30:10Z'],
  ],
  ['UTC', '@every 1500ms', '2026-01-01T00:00:00Z', ['2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z']],
  ['UTC', '@every 10ms', '2026-01-01T00:00:00Z', ['2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z']],
  [
    'UTC',
    'TZ=America/New_York 0 9 * * *',
    '2026-03-07T00:00:00Z',
    ['2026-03-07T14:00:00Z', '2026-03-08T13:00:00Z', '2026-03-09T13:00:00Z'],
  ],
  ['UTC', 'CRON_TZ=Asia/Tokyo @daily', '2026-03-07T00:00:00Z', ['2026-03-07T15:00:00Z', '2026-03-08T15:00:00Z']],
];

// The cases of robfig/cron's own tests (spec_test.go TestNext), as far as a standard schedule, which has no seconds, can tell them.
const nextTimes: [from: string, spec: string, next: string][] = [
  ['2012-07-09T14:45:00Z', '0/15 * * * *', '2012-07-09T15:00:00Z'],
  ['2012-07-09T14:59:00Z', '0/15 * * * *', '2012-07-09T15:00:00Z'],
  ['2012-07-09T14:59:59Z', '0/15 * * * *', '2012-07-09T15:00:00Z'],
  ['2012-07-09T15:45:00Z', '20-35/15 * * * *', '2012-07-09T16:20:00Z'],
  ['2012-07-09T23:46:00Z', '*/15 * * * *', '2012-07-10T00:00:00Z'],
  ['2012-07-09T23:45:00Z', '20-35/15 * * * *', '2012-07-10T00:20:00Z'],
  ['2012-07-09T23:35:51Z', '20-35/15 * * * *', '2012-07-10T00:20:00Z'],
  ['2012-07-09T23:35:51Z', '20-35/15 1/2 * * *', '2012-07-10T01:20:00Z'],
  ['2012-07-09T23:35:51Z', '20-35/15 10-12 * * *', '2012-07-10T10:20:00Z'],
  ['2012-07-09T23:35:51Z', '20-35/15 1/2 */2 * *', '2012-07-11T01:20:00Z'],
  ['2012-07-09T23:35:51Z', '20-35/15 * 9-20 * *', '2012-07-10T00:20:00Z'],
  ['2012-07-09T23:35:51Z', '20-35/15 * 9-20 Jul *', '2012-07-10T00:20:00Z'],
  ['2012-07-09T23:35:00Z', '0 0 9 Apr-Oct ?', '2012-08-09T00:00:00Z'],
  ['2012-07-09T23:35:00Z', '0 0 */5 Apr,Aug,Oct Mon', '2012-08-01T00:00:00Z'],
  ['2012-07-09T23:35:00Z', '0 0 */5 Oct Mon', '2012-10-01T00:00:00Z'],
  ['2012-07-09T23:35:00Z', '0 0 * Feb Mon', '2013-02-04T00:00:00Z'],
  ['2012-07-09T23:35:00Z', '0 0 * Feb Mon/2', '2013-02-01T00:00:00Z'],
  ['2012-12-31T23:59:45Z', '* * * * *', '2013-01-01T00:00:00Z'],
  ['2012-07-09T23:35:00Z', '0 0 29 Feb ?', '2016-02-29T00:00:00Z'],
  ['2012-03-11T00:00:00-05:00', 'TZ=America/New_York 30 2 11 Mar ?', '2013-03-11T02:30:00-04:00'],
  ['2012-03-11T00:00:00-05:00', 'TZ=America/New_York 0 * * * ?', '2012-03-11T01:00:00-05:00'],
  ['2012-03-11T01:00:00-05:00', 'TZ=America/New_York 0 * * * ?', '2012-03-11T03:00:00-04:00'],
  ['2012-03-11T03:00:00-04:00', 'TZ=America/New_York 0 * * * ?', '2012-03-11T04:00:00-04:00'],
  ['2012-03-11T04:00:00-04:00', 'TZ=America/New_York 0 * * * ?', '2012-03-11T05:00:00-04:00'],
  ['2012-03-11T01:00:00-05:00', 'CRON_TZ=America/New_York 0 * * * ?', '2012-03-11T03:00:00-04:00'],
  ['2012-03-11T00:00:00-05:00', 'TZ=America/New_York 0 1 * * ?', '2012-03-11T01:00:00-05:00'],
  ['2012-03-11T01:00:00-05:00', 'TZ=America/New_York 0 1 * * ?', '2012-03-12T01:00:00-04:00'],
  ['2012-03-11T00:00:00-05:00', 'TZ=America/New_York 0 2 * * ?', '2012-03-12T02:00:00-04:00'],
  ['2012-11-04T00:00:00-04:00', 'TZ=America/New_York 30 2 04 Nov ?', '2012-11-04T02:30:00-05:00'],
  ['2012-11-04T01:45:00-04:00', 'TZ=America/New_York 30 1 04 Nov ?', '2012-11-04T01:30:00-05:00'],
  ['2012-11-04T00:00:00-04:00', 'TZ=America/New_York 0 * * * ?', '2012-11-04T01:00:00-04:00'],
  ['2012-11-04T01:00:00-04:00', 'TZ=America/New_York 0 * * * ?', '2012-11-04T01:00:00-05:00'],
  ['2012-11-04T01:00:00-05:00', 'TZ=America/New_York 0 * * * ?', '2012-11-04T02:00:00-05:00'],
  ['2012-11-04T00:00:00-04:00', 'TZ=America/New_York 0 1 * * ?', '2012-11-04T01:00:00-04:00'],
  ['2012-11-04T01:00:00-04:00', 'TZ=America/New_York 0 1 * * ?', '2012-11-04T01:00:00-05:00'],
  ['2012-11-04T01:00:00-05:00', 'TZ=America/New_York 0 1 * * ?', '2012-11-05T01:00:00-05:00'],
  ['2012-11-04T00:00:00-04:00', 'TZ=America/New_York 0 2 * * ?', '2012-11-04T02:00:00-05:00'],
  ['2012-11-04T02:00:00-05:00', 'TZ=America/New_York 0 2 * * ?', '2012-11-05T02:00:00-05:00'],
  ['2012-11-04T00:00:00-04:00', 'TZ=America/New_York 0 3 * * ?', '2012-11-04T03:00:00-05:00'],
  ['2012-11-04T03:00:00-05:00', 'TZ=America/New_York 0 3 * * ?', '2012-11-05T03:00:00-05:00'],
  ['2012-07-09T23:35:00Z', '0 0 30 Feb ?', ''],
  ['2012-07-09T23:35:00Z', '0 0 31 Apr ?', ''],
  ['2012-11-04T00:00:00-04:00', 'TZ=America/New_York 0 3 3 * ?', '2012-12-03T03:00:00-05:00'],
  ['2018-10-17T05:00:00-04:00', 'TZ=America/Sao_Paulo 0 9 10 * ?', '2018-11-10T06:00:00-05:00'],
  ['2018-02-14T05:00:00-05:00', 'TZ=America/Sao_Paulo 0 9 22 * ?', '2018-02-22T07:00:00-05:00'],
];

// The same (TestActivation): does the schedule come at this very minute?
const activations: [at: string, spec: string, comes: boolean][] = [
  ['2012-07-09T15:00:00Z', '0/15 * * * *', true],
  ['2012-07-09T15:45:00Z', '0/15 * * * *', true],
  ['2012-07-09T15:40:00Z', '0/15 * * * *', false],
  ['2012-07-09T15:05:00Z', '5/15 * * * *', true],
  ['2012-07-09T15:20:00Z', '5/15 * * * *', true],
  ['2012-07-09T15:50:00Z', '5/15 * * * *', true],
  ['2012-07-15T15:00:00Z', '0/15 * * Jul *', true],
  ['2012-07-15T15:00:00Z', '0/15 * * Jun *', false],
  ['2012-07-15T08:30:00Z', '30 08 ? Jul Sun', true],
  ['2012-07-15T08:30:00Z', '30 08 15 Jul ?', true],
  ['2012-07-16T08:30:00Z', '30 08 ? Jul Sun', false],
  ['2012-07-16T08:30:00Z', '30 08 15 Jul ?', false],
  ['2012-07-09T15:00:00Z', '@hourly', true],
  ['2012-07-09T15:04:00Z', '@hourly', false],
  ['2012-07-09T15:00:00Z', '@daily', false],
  ['2012-07-09T00:00:00Z', '@daily', true],
  ['2012-07-09T00:00:00Z', '@weekly', false],
  ['2012-07-08T00:00:00Z', '@weekly', true],
  ['2012-07-08T01:00:00Z', '@weekly', false],
  ['2012-07-08T00:00:00Z', '@monthly', false],
  ['2012-07-01T00:00:00Z', '@monthly', true],
  ['2012-07-15T00:00:00Z', '* * 1,15 * Sun', true],
  ['2012-06-15T00:00:00Z', '* * 1,15 * Sun', true],
  ['2012-08-01T00:00:00Z', '* * 1,15 * Sun', true],
  ['2012-07-15T00:00:00Z', '* * */10 * Sun', true],
  ['2012-07-15T00:00:00Z', '* * * * Mon', false],
  ['2012-07-09T00:00:00Z', '* * 1,15 * *', false],
  ['2012-07-15T00:00:00Z', '* * 1,15 * *', true],
  ['2012-07-15T00:00:00Z', '* * */2 * Sun', true],
];

const refused: [spec: string, complaint: string][] = [
  ['', 'empty spec string'],
  ['xyz', 'expected exactly 5 fields, found 1: [xyz]'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['0 5 * * * *', 'expected exactly 5 fields, found 6: [0 5 * * * *]'],
  ['60 0 * * *', 'end of range (60) above maximum (59): 60'],
  ['0 24 * * *', 'end of range (24) above maximum (23): 24'],
  ['0 0 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['0 0 32 * *', 'end of range (32) above maximum (31): 32'],
  ['0 0 * 13 *', 'end of range (13) above maximum (12): 13'],
  ['0 0 * * 7', 'end of range (7) above maximum (6): 7'],
  ['0 0 * * XYZ', 'failed to parse int from XYZ: strconv.Atoi: parsing "XYZ": invalid syntax'],
  ['0 0 * * mo', 'failed to parse int from mo: strconv.Atoi: parsing "mo": invalid syntax'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['*/2/3 * * * *', 'too many slashes: */2/3'],
  ['15/0 * * * *', 'step of range should be a positive number: 15/0'],
  ['*/-1 * * * *', 'negative number (-1) not allowed: -1'],
  ['@unrecognized', 'unrecognized descriptor: @unrecognized'],
  ['@every foo', 'failed to parse duration @every foo: time: invalid duration "foo"'],
  ['TZ=Nowhere/Here 0 0 * * *', 'provided bad location Nowhere/Here: unknown time zone Nowhere/Here'],
];

describe('the times of a schedule', () => {
  const steps = courses.flatMap(([zone, spec, from, times]) =>
    times.map((time, i): [string, string, string, string] => [spec, zone, times[i - 1] ?? from, time]),
  );
  test('are more than two hundred here', () => {
    expect(steps.length + nextTimes.length).toBeGreaterThan(200);
  });
  test.each(steps)('%s in %s after %s: %s', (spec, zone, from, time) => {
    const next = nextTime(parseCronSchedule(spec), Date.parse(from), loadTimeZone(zone));
    expect(next === undefined ? 'never' : formatInZone(next, loadTimeZone(zone))).toBe(time);
  });
  test.each(nextTimes)('after %s, %s: %s', (from, spec, time) => {
    const next = nextTime(parseCronSchedule(spec), Date.parse(from));
    expect(next).toBe(time === '' ? undefined : Date.parse(time));
  });
  test.each(activations)('at %s, %s: %s', (at, spec, comes) => {
    const instant = Date.parse(at);
    expect(nextTime(parseCronSchedule(spec), instant - 1000) === instant).toBe(comes);
  });

  // Where clocks change by whole hours, and not at midnight, the first minute that matches is what the search finds.
  test.each(['UTC', 'Europe/Berlin', 'America/New_York'])('are the first minutes that match, in %s', (name) => {
    const zone = loadTimeZone(name);
    const starts = ['2026-03-07T00:00:00Z', '2026-03-28T12:00:00Z', '2026-10-24T20:00:00Z', '2026-10-31T22:00:00Z'];
    const part = (min: number, max: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min, max }).map(String),
        fc.integer({ min: 2, max: 7 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    const spec = fc
      .tuple(part(0, 59), part(0, 5), part(1, 31), fc.constant('*'), part(0, 6))
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(spec, fc.constantFrom(...starts), (text, start) => {
        const from = Date.parse(start);
        const { fields } = parseCronSchedule(text);
        const has = (bits: bigint | undefined, value: number) => ((bits ?? 0n) & (1n << BigInt(value))) !== 0n;
        const matches = (instant: number) => {
          const { minute, hour, day, weekday } = localTime(instant, zone);
          const [ofMonth, ofWeek] = [has(fields?.dayOfMonth, day), has(fields?.dayOfWeek, weekday)];
          const either = ((fields?.dayOfMonth ?? 0n) | (fields?.dayOfWeek ?? 0n)) & STAR;
          return (
            has(fields?.minute, minute) && has(fields?.hour, hour) && (either ? ofMonth && ofWeek : ofMonth || ofWeek)
          );
        };
        const end = from + 3 * 86_400_000;
        let first = from + 60_000;
        while (first < end && !matches(first)) first += 60_000;
        const next = nextTime({ fields: fields as NonNullable<typeof fields> }, from, zone) ?? end;
        expect(Math.min(next, end)).toBe(first);
      }),
      { seed: 36, numRuns: 40 },
    );
  });
});

describe('a schedule', () => {
  test.each(refused)('%j is refused: %s', (spec, complaint) => {
    expect(() => parseCronSchedule(spec)).toThrow(complaint);
  });
  test.each([
    ['5', 1n << 5n],
    ['5-7/2', (1n << 5n) | (1n << 7n)],
    ['1,5-7/2,3', (1n << 1n) | (1n << 5n) | (1n << 7n) | (1n << 3n)],
    ['50/4', (1n << 50n) | (1n << 54n) | (1n << 58n)],
  ])('whose minutes are %s', (minutes, bits) => {
    expect(parseCronSchedule(`${minutes} * * * *`).fields?.minute).toBe(bits);
  });
  test('knows any from every', () => {
    const { fields } = parseCronSchedule('*/1 */2 ? * *');
    expect([fields?.minute, fields?.hour, fields?.dayOfMonth].map((bits) => ((bits ?? 0n) & STAR) !== 0n)).toEqual([
      true,
      false,
      true,
    ]);
  });
});

test.each([
  ['Europe/Berlin', true],
  ['US/Eastern', true],
  ['Etc/GMT+5', true],
  ['UTC', true],
  ['', true],
  ['europe/berlin', false],
  ['+05:30', false],
  ['Mars/Olympus', false],
])('%s is a time zone: %s', (name, is) => {
  expect(isTimeZone(name)).toBe(is);
});
