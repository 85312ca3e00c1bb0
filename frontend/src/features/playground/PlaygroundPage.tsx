import { useQuery } from "@tanstack/react-query";

import { samplingSchemaQuery } from "@/api/generate";
import { modelsQuery } from "@/api/models";
import { Loading } from "@/components/Loading";
import { Playground } from "@/features/playground/Playground";
import { Session } from "@/features/playground/session";
import { useDocumentTitle } from "@/lib/use-document-title";

let shared: Session | null = null;

/** One for the whole visit: answers go on being written while another page is looked at. */
function sharedSession(): Session {
  shared ??= new Session();
  return shared;
}

/** `/playground?model=a&model=b&conversation=…`: up to four models side by side on the same questions. */
export default function PlaygroundPage({ session = sharedSession() }: { session?: Session }) {
  useDocumentTitle("Playground");
  const schema = useQuery(samplingSchemaQuery);
  const models = useQuery(modelsQuery);
  if (schema.isPending || models.isPending) return <Loading page heights={["60px", "40px", "320px"]} label="Loading the playground" />;
  return <Playground session={session} schema={schema.data} schemaError={schema.error} models={models} />;
}
