import { expect, it } from "vitest";

import { looksLikeConfiguration } from "@/components/job-form/pasting";

it.each([
  "python train.py --lora_r 8",
  "LORA_R=8 python ./train.py \\\n  --lora_r 8",
  "--lora_r 8",
  '{"lora_r": 8}',
  "# mine\nlora_r: 8\nlora_target_modules:\n  - q_proj\nlearning_rate: 2e-4".replace("  - q_proj", "- q_proj"),
])("%j is a configuration", (text) => expect(looksLikeConfiguration(text)).toBe(true));

it.each(["physics", "2e-4", "data/physics_qa.json", "models/train.py", "a: b", "You are: helpful", "input=q, output=a", "-1", "Dear all,\nthis: is a letter"])(
  "%j is what one puts into a field",
  (text) => expect(looksLikeConfiguration(text)).toBe(false),
);
