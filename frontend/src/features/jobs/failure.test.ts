import { expect, it } from "vitest";

import { errorLine, lastWords } from "@/features/jobs/failure";

const TRACE = ["Traceback (most recent call last):", '  File "train.py", line 1, in <module>', "    main()", "RuntimeError: no luck"];

it("parts the trace from the other last lines", () => {
  expect(lastWords(["step 1", "step 2", ...TRACE, "error: RuntimeError: no luck"], 2)).toEqual({ lines: ["step 2", "error: RuntimeError: no luck"], trace: TRACE });
});

it("takes the last of several traces, and one that the log ends in", () => {
  const cut = TRACE.slice(0, 3);
  expect(lastWords([...TRACE, "During handling of the above exception, another exception occurred:", ...cut], 9)).toEqual({
    lines: [...TRACE, "During handling of the above exception, another exception occurred:"],
    trace: cut,
  });
});

it("finds the line in the whole log that tells of the failure", () => {
  expect(errorLine(["step 1", ...TRACE, "error: no luck"], 106)).toBe(102);
  expect(errorLine(["step 1", "error: no luck"], 2)).toBe(2);
  expect(errorLine(["step 1"], 1)).toBeNull();
  expect(errorLine(["step 1", "error: no luck"], 0)).toBeNull(); // the log is not there yet
});

it("leaves a log without a trace as it is", () => {
  expect(lastWords(["a", "b", "c"], 2)).toEqual({ lines: ["b", "c"], trace: [] });
});
