import { schedulerConformance } from '@ganglion/actors/testing';
import { describe, expect, it } from 'vitest';
import { AlarmsFirst } from './alarms-first.js';
import { Alarm } from './plant.js';

describe('AlarmsFirst is a scheduler', () => {
  it.each(schedulerConformance)('$name', async (one) => {
    expect(await one.run({ scheduler: AlarmsFirst, behaviours: [Alarm] })).toBe(undefined);
  });
});
