import { expect, it } from "vitest";

import { fieldErrors, Problem, problemOf } from "@/api/problem";

const KNOWN = ["learning_rate", "adapter_name"];

function refused(loc: (string | number)[], msg: string) {
  return new Problem("Unprocessable", 422, [{ loc, msg, type: "value_error" }]);
}

it("puts an error beside its field", () => {
  const found = fieldErrors(refused(["body", "learning_rate"], "Input should be greater than 0"), KNOWN);
  expect(found).toEqual({ fields: { learning_rate: "Input should be greater than 0" }, general: [] });
});

it("puts a rule over several fields beside the first one it names", () => {
  const found = fieldErrors(refused(["body"], "Value error, adapter_name and output_dir are both empty"), KNOWN);
  expect(found.fields).toEqual({ adapter_name: "adapter_name and output_dir are both empty" });
});

it("keeps what belongs to no field", () => {
  expect(fieldErrors(refused(["body"], "Too much of everything"), KNOWN).general).toEqual(["Too much of everything"]);
  // It names its field, which the form does not have: the words of the sentence are no fields then.
  expect(fieldErrors(refused(["body", "key"], "no key: give an adapter_name or so"), KNOWN)).toEqual({ fields: {}, general: ["no key: give an adapter_name or so"] });
  expect(fieldErrors(new Problem("The queue is full.", 429), KNOWN).general).toEqual(["The queue is full."]);
});

it("understands a problem of the service, an error in OpenAI's shape, and what is neither", () => {
  expect(problemOf(503, { title: "No", status: 503, detail: "A job uses the GPU.", code: "gpu_busy", request_id: "r1" })).toMatchObject({
    message: "A job uses the GPU.",
    status: 503,
    code: "gpu_busy",
    requestId: "r1",
  });
  const error = { message: "There is no model x.", type: "invalid_request_error", param: "model", code: "model_not_found" };
  expect(problemOf(404, { error })).toMatchObject({ message: "There is no model x.", status: 404, code: "model_not_found" });
  expect(problemOf(502, "<html>").message).toBe("The service answered with status 502.");
});
