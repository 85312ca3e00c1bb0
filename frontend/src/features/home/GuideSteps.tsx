import { useQuery } from "@tanstack/react-query";

import { datasetsQuery } from "@/api/datasets";
import { jobKindsQuery } from "@/api/job-kinds";
import { baseModelsQuery } from "@/api/models";
import type { Adapter, Dataset, JobKind, Preset, Pulse } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { LinkButton } from "@/components/RouterLink";
import { GuideStep } from "@/features/home/GuideStep";
import { BuildModel, SampleRun } from "@/features/home/guide-actions";
import { formatBytes, formatCounted, formatTime } from "@/lib/format";

const BUILT_IN = "built-in";

interface GuideStepsProps {
  pulse: Pulse;
  adapters: Adapter[];
}

/** Four steps, each with its real state and its one action. */
export default function GuideSteps({ pulse, adapters }: GuideStepsProps) {
  const models = useQuery(baseModelsQuery);
  const datasets = useQuery(datasetsQuery);
  const kinds = useQuery(jobKindsQuery);
  const error = models.error ?? datasets.error ?? kinds.error;
  const train = kinds.data?.find(({ kind }) => kind === "train");
  const sample = train?.presets[0];
  if (error) return <ErrorNotice title="What is there could not be read" error={error} />;
  if (!models.data || !datasets.data || !train || !sample) return <Loading heights={["216px"]} label="Loading the guide" />;
  const model = models.data.models.find(({ source }) => source === BUILT_IN);
  const file = String(sample.values.dataset_path).split("/").at(-1);
  const data = datasets.data.find(({ name }) => name === file);
  return (
    <ol>
      {model && (
        <GuideStep
          title={`The built-in model, ${model.name}`}
          state={model.size_bytes === null ? "Is made on this machine in about a minute, by itself when it is first needed." : `Here: ${formatBytes(model.size_bytes)}.`}
          done={model.size_bytes !== null}
          action={model.size_bytes === null && <BuildModel name={model.name} />}
        />
      )}
      <GuideStep
        title="Data to learn from"
        state={data ? `${data.name}: ${formatCounted(data.examples ?? 0, "example")}.` : `${file} is not here any more: take data of your own.`}
        done={data !== undefined}
        action={
          <LinkButton to={data ? `/datasets/${encodeURIComponent(data.name)}` : "/datasets"} size="xs" variant="outline">
            {data ? "Look at it" : "Choose data"}
          </LinkButton>
        }
      />
      <FirstRun pulse={pulse} adapters={adapters} kind={train} sample={sample} data={data} />
      <Playground adapter={adapters[0]} base={model?.name} />
    </ol>
  );
}

interface FirstRunProps extends GuideStepsProps {
  kind: JobKind;
  sample: Preset;
  data: Dataset | undefined;
}

function FirstRun({ pulse, adapters, kind, sample, data }: FirstRunProps) {
  const running = pulse.running.find((job) => job.kind === kind.kind);
  const done = adapters.length > 0;
  const state = running
    ? `${running.name} is at ${Math.floor(running.progress.percent)} %.`
    : done
      ? `${adapters[0]?.name} was trained${adapters[0]?.training_date ? `, ${formatTime(adapters[0].training_date)}` : ""}.`
      : sentence(sample.description);
  return (
    <GuideStep
      title={done ? "A first run" : `A first run: ${sample.title.toLowerCase()}`}
      state={state}
      done={done}
      action={
        running ? (
          <LinkButton to={`/jobs/${running.job_id}`} size="xs">
            Watch it
          </LinkButton>
        ) : (
          !done && data && <SampleRun kind={kind} params={{ ...sample.values, dataset_path: data.path }} disabled={pulse.queued > 0} />
        )
      }
    />
  );
}

/** A preset's words go on after its title. */
function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Playground({ adapter, base }: { adapter: Adapter | undefined; base: string | undefined }) {
  const models = [adapter?.name, base].filter((name) => name !== undefined);
  return (
    <GuideStep
      title="Ask it something"
      state={adapter ? "Its answers beside those of the model it started from." : "Once it is trained: its answers beside those of the model it started from."}
      done={false}
      action={
        adapter && (
          <LinkButton to={`/playground?${models.map((name) => `model=${encodeURIComponent(name)}`).join("&")}`} size="xs">
            Try it
          </LinkButton>
        )
      }
    />
  );
}
