const LEAST = 1024;

/** Numbers that are appended in place; room doubles, so that 50,000 of them are copied six times in all. */
export class Growable {
  private room = new Float64Array(0);

  /** The value at an index; what was never set is NaN. */
  set(index: number, value: number): void {
    this.reserve(index + 1);
    this.room[index] = value;
  }

  /** The first `length` values, not copied. */
  first(length: number): Float64Array {
    this.reserve(length);
    return this.room.subarray(0, length);
  }

  /** Forgets what lies from `length` on. */
  cut(length: number): void {
    this.room.fill(NaN, length);
  }

  private reserve(length: number): void {
    if (length <= this.room.length) return;
    const room = new Float64Array(Math.max(LEAST, length, 2 * this.room.length)).fill(NaN);
    room.set(this.room);
    this.room = room;
  }
}
