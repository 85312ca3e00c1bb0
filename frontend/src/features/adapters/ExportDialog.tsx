import { Button, Stack } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { useForm } from "react-hook-form";
import { useNavigate } from "react-router";

import { jobKindsQuery } from "@/api/job-kinds";
import { submitJob } from "@/api/jobs";
import { fieldErrors, toProblem } from "@/api/problem";
import type { JobKind } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { Refusals } from "@/components/Refusals";
import type { Control } from "@/components/schema-form/controls";
import { formSpec, withoutFields } from "@/components/schema-form/form-spec";
import { OptionsControl } from "@/components/schema-form/OptionsControl";
import { SchemaForm } from "@/components/schema-form/SchemaForm";
import { defaultValues, type FormValues, submission } from "@/components/schema-form/values";
import { useIdempotencyKey } from "@/lib/use-idempotency-key";

const WIDGETS: Record<string, Control> = { options: OptionsControl };
const [KIND, MODEL, FOLDER] = ["export", "model", "output_dir"];

interface ExportDialogProps {
  /** Of the adapter. */
  name: string;
  onClose: () => void;
}

/** Takes an adapter to other programs: its forms are those of the service. */
export default function ExportDialog({ name, onClose }: ExportDialogProps) {
  const { data, error, refetch } = useQuery(jobKindsQuery);
  const kind = data?.find((one) => one.kind === KIND);
  if (kind) return <Form kind={kind} name={name} onClose={onClose} />;
  return (
    <Dialog title={`Export ${name}`} onClose={onClose}>
      {error ? <ErrorNotice title="The form could not be read" error={error} onRetry={() => void refetch()} /> : <Loading heights={["200px"]} label="Loading the form" />}
    </Dialog>
  );
}

function Form({ kind, name, onClose }: ExportDialogProps & { kind: JobKind }) {
  const id = useId();
  const navigate = useNavigate();
  const spec = useMemo(() => withoutFields(formSpec(kind.schema, kind.groups), new Set([MODEL])), [kind]);
  const form = useForm<FormValues>({ mode: "onTouched", defaultValues: { ...defaultValues(spec.fields), [FOLDER]: `${name}-export` } });
  const keyFor = useIdempotencyKey();
  const [refusals, setRefusals] = useState<string[]>([]);
  const send = async (values: FormValues) => {
    const { params } = submission(spec.fields, values);
    try {
      const { job_id: job } = await submitJob(kind.path, { ...params, [MODEL]: name }, keyFor(params));
      await navigate(`/jobs/${job}`);
    } catch (failure) {
      const { fields, general } = fieldErrors(toProblem(failure), spec.fields.map((field) => field.name));
      for (const [field, message] of Object.entries(fields)) form.setError(field, { type: "server", message });
      setRefusals(general);
    }
  };
  const buttons = (
    <>
      <Button variant="outline" size="sm" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" form={id} size="sm" loading={form.formState.isSubmitting}>
        Export
      </Button>
    </>
  );
  return (
    <Dialog title={`Export ${name}`} size="xl" footer={buttons} onClose={onClose}>
      <form id={id} onSubmit={(event) => void form.handleSubmit(send)(event)}>
        <Stack gap="4">
          <SchemaForm spec={spec} form={form} widgets={WIDGETS} narrow />
          <Refusals sentences={refusals} />
        </Stack>
      </form>
    </Dialog>
  );
}
