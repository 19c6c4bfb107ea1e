// Loaded ahead of a program, it sets its clock off by SHIFTED_CLOCK_MS, where there is no libfaketime to do it better.

const shiftMs = Number(process.env['SHIFTED_CLOCK_MS'] ?? 0);
const { now } = Date;

class ShiftedDate extends Date {
  constructor(...given: readonly unknown[]) {
    // Dates that are given are what they are.
    super(...((given.length === 0 ? [now() + shiftMs] : given) as [number]));
  }

  static override now(): number {
    return now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
