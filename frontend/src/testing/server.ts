import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

import { ADAPTERS, BASE_MODELS, DATASET, ESTIMATE, JOB_LIST, KIND, MODELS, PREVIEW, QUESTION } from "@/testing/fixtures";
import { PULSE } from "@/testing/pulse";

/** Tests run like the development server: the service stands at its own address. */
export const SERVICE = "http://localhost:8000";

export const server = setupServer(
  http.get(`${SERVICE}/pulse`, () => HttpResponse.json(PULSE)),
  http.get(`${SERVICE}/session`, () => HttpResponse.json({ required: false, signed_in: true })),
  http.get(`${SERVICE}/job-kinds`, () => HttpResponse.json({ job_kinds: [KIND] })),
  http.get(`${SERVICE}/generate/schema`, () => HttpResponse.json(QUESTION)),
  http.get(`${SERVICE}/v1/models`, () => HttpResponse.json({ data: MODELS })),
  http.get(`${SERVICE}/models`, () => HttpResponse.json(BASE_MODELS)),
  http.get(`${SERVICE}/adapters`, () => HttpResponse.json(ADAPTERS)),
  http.get(`${SERVICE}/datasets`, () => HttpResponse.json({ datasets: [DATASET] })),
  http.get(`${SERVICE}/documents`, () => HttpResponse.json({ documents: [{ name: "notes.md", size_bytes: 2400 }] })),
  http.get(`${SERVICE}/datasets/:name/preview`, () => HttpResponse.json(PREVIEW)),
  http.get(`${SERVICE}/configs/:kind`, () => HttpResponse.json({ configs: [] })),
  http.post(`${SERVICE}/estimate`, () => HttpResponse.json(ESTIMATE)),
  http.get(`${SERVICE}/jobs`, () => HttpResponse.json(JOB_LIST)),
);
