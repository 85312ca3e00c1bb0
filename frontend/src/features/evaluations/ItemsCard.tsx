import { Stack, Text } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";

import { itemsQuery } from "@/api/evaluations";
import type { Summary } from "@/api/evaluation-types";
import { Card } from "@/components/Card";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { Pager } from "@/components/Pager";
import { Segments } from "@/components/Segments";
import { ItemDialog } from "@/features/evaluations/ItemDialog";
import { ItemTable } from "@/features/evaluations/ItemTable";
import { FILTERS, type ItemAddress, PAGE, useItemView } from "@/features/evaluations/use-item-view";

/** Every item: sorted, filtered, opened. */
export function ItemsCard({ summary }: { summary: Summary }) {
  const address = useItemView();
  const { view, item, go } = address;
  const { data, error, isPlaceholderData, refetch } = useQuery(itemsQuery(summary.run, view));
  const several = summary.models.length > 1;
  const filters = FILTERS.filter(({ value }) => value !== "changed" || several);
  const at = data?.items.findIndex(({ item_id: id }) => id === item) ?? -1;
  const open = data?.items[at];
  const neighbour = (step: number) => {
    const next = data?.items[at + step];
    return next && (() => go({ item: next.item_id }, "replace"));
  };
  return (
    <Card title="Items" aside={<Filter address={address} filters={filters} />}>
      <Stack gap="3" aria-busy={isPlaceholderData}>
        {error && !data && <ErrorNotice title="The items could not be read" error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Loading heights={["320px"]} label="Loading the items" />}
        {data && data.items.length === 0 && <NothingHere filter={view.filter} />}
        {data && data.items.length > 0 && <ItemTable items={data.items} summary={summary} address={address} />}
        {data && <Pager offset={view.offset} size={PAGE} total={data.total} noun="item" onGo={(offset) => go({ offset: offset === 0 ? null : String(offset) })} />}
      </Stack>
      {open && (
        <ItemDialog
          item={open}
          summary={summary}
          onClose={() => go({ item: null }, "replace")}
          onPrevious={neighbour(-1)}
          onNext={neighbour(1)}
        />
      )}
    </Card>
  );
}

function Filter({ address: { view, go }, filters }: { address: ItemAddress; filters: typeof FILTERS }) {
  return (
    <Segments
      name="items-filter"
      label="Which items"
      options={filters}
      value={view.filter ?? ""}
      onChange={(filter) => go({ filter, offset: null, sort: null, order: null })}
    />
  );
}

function NothingHere({ filter }: { filter: string | undefined }) {
  return (
    <Text color="fg.muted" py="6">
      {filter === "unscored" ? "Every item has a score." : "No item is to be shown here."}
    </Text>
  );
}
