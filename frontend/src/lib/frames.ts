/** Work for the screen, one piece a frame: six charts drawn at once would hold up the page for longer than it notices. */

const waiting = new Map<object, () => void>();
let asked = false;

/** Does the work in a frame to come; of several pieces with one owner only the newest. */
export function inFrame(owner: object, work: () => void): void {
  waiting.set(owner, work);
  if (asked) return;
  asked = true;
  requestAnimationFrame(step);
}

export function notInFrame(owner: object): void {
  waiting.delete(owner);
}

function step(): void {
  const [first] = waiting;
  if (first) {
    waiting.delete(first[0]);
    first[1]();
  }
  asked = waiting.size > 0;
  if (asked) requestAnimationFrame(step);
}
