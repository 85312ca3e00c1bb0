import { Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { Link } from "react-router";

import { adaptersQuery } from "@/api/adapters";
import type { Adapter } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import table from "@/components/table.module.css";
import { factsOf } from "@/features/adapters/facts";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/adapters`: what training has made. */
export default function AdaptersPage() {
  useDocumentTitle("Adapters");
  const { data, error, isPending, refetch } = useQuery(adaptersQuery);
  return (
    <>
      <PageHeader title="Adapters" description="What training has made, ready to be tried." />
      {isPending && <Loading heights={["44px", "200px"]} label="Loading the adapters" />}
      {error && !data && <ErrorNotice title="The adapters could not be read" error={error} onRetry={() => void refetch()} />}
      {data?.adapters.length === 0 && <NoAdapters />}
      {data && data.adapters.length > 0 && <AdapterTable adapters={data.adapters} />}
    </>
  );
}

function NoAdapters() {
  return (
    <EmptyState
      icon={Layers}
      title="No adapters yet"
      hint="Every finished training run puts its adapter here."
      action={<LinkButton to="/train">Train one</LinkButton>}
    />
  );
}

function AdapterTable({ adapters }: { adapters: Adapter[] }) {
  return (
    <div className={table.frame}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className={table.optional}>
              Base model
            </th>
            <th scope="col">Rank</th>
            <th scope="col" className={table.optional}>
              Size
            </th>
            <th scope="col">Trained</th>
            <th scope="col">Final loss</th>
          </tr>
        </thead>
        <tbody>
          {adapters.map((adapter) => (
            <AdapterRow key={adapter.name} adapter={adapter} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AdapterRow({ adapter }: { adapter: Adapter }) {
  const { rank, size, trained, loss } = factsOf(adapter);
  return (
    <tr>
      <td>
        <Link to={`/adapters/${encodeURIComponent(adapter.name)}`} className={table.link}>
          {adapter.name}
        </Link>
        {adapter.problem && (
          <Text color="fg.error" textStyle="xs" title={adapter.problem}>
            cannot be used
          </Text>
        )}
      </td>
      <td className={table.optional}>{adapter.base_model}</td>
      <td>{rank}</td>
      <td className={table.optional}>{size}</td>
      <td>{trained}</td>
      <td>{loss}</td>
    </tr>
  );
}
