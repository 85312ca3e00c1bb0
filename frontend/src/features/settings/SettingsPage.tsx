import { Box, Field, Grid, Input } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";

import { type SettingList, settingsQuery } from "@/api/settings";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Loading } from "@/components/Loading";
import { PageHeader } from "@/components/PageHeader";
import { LinkButton } from "@/components/RouterLink";
import { AboutView } from "@/features/settings/AboutView";
import { BrowserView } from "@/features/settings/BrowserView";
import { useChanges, useLeaveWarning } from "@/features/settings/drafts";
import { fieldsOf, matches, type SettingField } from "@/features/settings/fields";
import { PartList } from "@/features/settings/PartList";
import { ABOUT, BROWSER, type Part, partsOf } from "@/features/settings/parts";
import { SaveBar } from "@/features/settings/SaveBar";
import { FoundView, SectionView } from "@/features/settings/SectionView";
import { rowId } from "@/features/settings/use-row-focus";
import { useSave } from "@/features/settings/use-save";
import { useShortcut } from "@/lib/shortcuts";
import { useDocumentTitle } from "@/lib/use-document-title";

/** `/settings/:group?q=`: what the machine is set to and the defaults of runs, in one list that can be searched. */
export default function SettingsPage() {
  useDocumentTitle("Settings");
  const { data, error, isPending, refetch } = useQuery(settingsQuery);
  const [search, setSearch] = useSearchParams();
  const { pathname } = useLocation();
  const typed = search.get("q") ?? "";
  return (
    <>
      <PageHeader title="Settings" description={data && `Saved in ${data.file}.`} actions={<SearchBox key={pathname} value={typed} onChange={(q) => setSearch(q ? { q } : {}, { replace: true })} />} />
      {isPending && <Loading heights={["400px"]} label="Loading the settings" />}
      {error && !data && <ErrorNotice title="The settings could not be read" error={error} onRetry={() => void refetch()} />}
      {data && <Settings list={data} search={typed.trim()} />}
    </>
  );
}

/** What is typed stands here at once; the address follows, and would lose letters of whoever types fast. */
function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const change = (typed: string) => {
    setText(typed);
    onChange(typed);
  };
  useShortcut("/", "Search the settings", () => input.current?.focus());
  return (
    <Field.Root w={{ base: "full", sm: "240px" }}>
      <Input ref={input} type="search" aria-label="Search the settings" placeholder="Search the settings" size="sm" bg="bg.panel" value={text} onChange={(event) => change(event.target.value)} />
    </Field.Root>
  );
}

function Settings({ list, search }: { list: SettingList; search: string }) {
  const { group } = useParams();
  const fields = useMemo(() => fieldsOf(list), [list]);
  const parts = useMemo(() => partsOf(list), [list]);
  const changes = useChanges(fields);
  const goTo = useGoTo(fields);
  const { save, isPending, error } = useSave(goTo);
  useLeaveWarning(changes.length > 0);
  useShortcut("mod+s", "Save all changes of the settings", () => void save(changes), changes.length > 0 && !isPending);
  const part = group === undefined ? parts[0] : parts.find(({ id }) => id === group);
  const current = search ? undefined : part?.id;
  const here = changes.filter(({ field }) => field.setting.section === current);
  return (
    <Grid templateColumns={{ base: "minmax(0, 1fr)", lg: "190px minmax(0, 1fr)" }} gap={{ base: "4", lg: "6" }}>
      <PartList parts={parts} current={current} changes={changes} query="" />
      <Box minW="0">
        {search ? <Found parts={parts} fields={fields} search={search} /> : <PartView part={part} fields={fields} />}
        {error && <Box mt="4"><ErrorNotice title="The settings were not saved" error={error} /></Box>}
        <SaveBar changes={changes} here={here} saving={isPending} onSave={(some) => void save(some)} />
      </Box>
    </Grid>
  );
}

function PartView({ part, fields }: { part: Part | undefined; fields: SettingField[] }) {
  if (!part) return <EmptyState icon={SearchX} title="There is no such part" hint="It may be called otherwise." action={<LinkButton to="/settings">See the settings</LinkButton>} />;
  if (part.id === BROWSER.id) return <BrowserView />;
  if (part.id === ABOUT.id) return <AboutView fields={fields} />;
  return <SectionView key={part.id} part={part} fields={fields} />;
}

function Found({ parts, fields, search }: { parts: Part[]; fields: SettingField[]; search: string }) {
  const found = fields.filter((field) => matches(field, search));
  if (found.length === 0) return <EmptyState icon={SearchX} title={`No setting matches “${search}”`} hint="Names and help texts are searched." />;
  return <FoundView parts={parts} fields={found} />;
}

/** Opens the part in which a setting stands; its row then takes the focus. */
function useGoTo(fields: SettingField[]) {
  const navigate = useNavigate();
  return (name: string) => {
    const section = fields.find(({ setting }) => setting.name === name)?.setting.section;
    if (section && !document.getElementById(rowId(name))) void navigate(`/settings/${section}`);
  };
}
