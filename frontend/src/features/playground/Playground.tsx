import { Box, Flex, Grid, Stack, Text } from "@chakra-ui/react";
import type { UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useId, useState } from "react";

import { useContact } from "@/api/contact";
import type { JsonSchema, Message, ModelEntry } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Notice } from "@/components/Notice";
import { AddedToDataset } from "@/features/playground/AddedToDataset";
import { Announcer } from "@/features/playground/Announcer";
import { Composer } from "@/features/playground/Composer";
import { ConversationView } from "@/features/playground/ConversationView";
import { messagesFor, shownAnswer } from "@/features/playground/conversation";
import { EmptyConversation } from "@/features/playground/EmptyConversation";
import { HistoryDialog, StorageNotice } from "@/features/playground/HistoryDialog";
import { ModelBar } from "@/features/playground/ModelBar";
import { PlaygroundHeader } from "@/features/playground/PlaygroundHeader";
import type { Session } from "@/features/playground/session";
import { SettingsPanel } from "@/features/playground/SettingsPanel";
import { useAddress } from "@/features/playground/use-address";
import { useFormatted } from "@/features/playground/use-formatted";
import { useSettings } from "@/features/playground/use-settings";
import { useTurnActions } from "@/features/playground/use-turn-actions";
import { useStore } from "@/lib/store";

interface PlaygroundProps {
  session: Session;
  schema: JsonSchema | undefined;
  schemaError: unknown;
  models: UseQueryResult<ModelEntry[]>;
}

export function Playground({ session, schema, schemaError, models }: PlaygroundProps) {
  const panelId = useId();
  const { conversation, live, missing } = useStore(session);
  const { kept } = useStore(session.history);
  const address = useAddress(session, models.data ?? NONE);
  const settings = useSettings(schema);
  const [formatted, setFormatted] = useFormatted();
  const [settingsOpen, setSettingsOpen] = useState(false);
  const [historyOpen, setHistoryOpen] = useState(false);
  const [adding, setAdding] = useState<Message[] | null>(null);
  const [example, setExample] = useState({ question: "", times: 0 });
  const onTry = (question: string) => setExample(({ times }) => ({ question, times: times + 1 }));
  const onAdd = useCallback((turnId: string, model: string) => setAdding(exchangeOf(session, turnId, model)), [session]);
  const onRefused = useCallback(() => {
    setSettingsOpen(true);
    settings.focusWrong();
  }, [settings]);
  const actions = useTurnActions({ session, settings, models: address.models, onAdd, onRefused });
  const obstacle = useObstacle(address.models);
  useModelsAnew(session, models.refetch);
  useEffect(() => {
    window.addEventListener("pagehide", session.flush);
    return () => window.removeEventListener("pagehide", session.flush);
  }, [session]);
  return (
    <>
      <PlaygroundHeader
        settings={settings}
        panelId={panelId}
        settingsOpen={settingsOpen}
        onSettings={() => setSettingsOpen(!settingsOpen)}
        onHistory={() => setHistoryOpen(true)}
        onNew={conversation.turns.length > 0 ? address.renew : undefined}
      />
      <ModelBar chosen={address.models} known={models.data} onChoose={address.choose} />
      <Stack gap="3" mb="3" _empty={{ display: "none" }}>
        {models.isError && <ErrorNotice title="The models could not be listed" error={models.error} onRetry={() => void models.refetch()} />}
        {missing && <MissingNotice />}
        <StorageNotice kept={kept} />
      </Stack>
      <Grid templateColumns={{ base: "minmax(0, 1fr)", lg: settingsOpen ? "minmax(0, 1fr) 300px" : "minmax(0, 1fr)" }} gap="5" alignItems="start">
        <Box hidden={!settingsOpen} order={{ lg: 2 }} position={{ lg: "sticky" }} top="6" maxH={{ lg: "calc(100dvh - 48px)" }} overflowY={{ lg: "auto" }}>
          <SettingsPanel id={panelId} settings={settings} error={schemaError} formatted={formatted} onFormatted={setFormatted} />
        </Box>
        <Flex direction="column" minW="0" minH={{ md: "calc(100dvh - 11rem)" }}>
          {conversation.turns.length === 0 && <EmptyConversation models={address.models} onTry={onTry} />}
          <ConversationView conversation={conversation} models={address.models} live={live} formatted={formatted} actions={actions} />
          <Composer
            key={example.times}
            suggestion={example.question}
            busy={live.size > 0}
            obstacle={obstacle}
            onSend={actions.ask}
            onStop={() => session.stopAll()}
          />
        </Flex>
      </Grid>
      <Announcer session={session} />
      {historyOpen && <HistoryDialog history={session.history} current={conversation.id} onClose={() => setHistoryOpen(false)} />}
      <AddedToDataset messages={adding} onClose={() => setAdding(null)} />
    </>
  );
}

const NONE: ModelEntry[] = [];
const NOT_FOUND = 404;

/** A model that was listed and is not found has been deleted since: then the list is out of date. */
function useModelsAnew(session: Session, refetch: () => unknown): void {
  useEffect(
    () => session.ended.subscribe(() => session.ended.get()?.answer.problem?.status === NOT_FOUND && void refetch()),
    [session, refetch],
  );
}

function useObstacle(models: string[]): string | null {
  const { lost } = useContact();
  if (lost) return "Asking needs contact with the service.";
  return models.length === 0 ? "Choose a model first." : null;
}

/** The conversation up to an answer, which comes last; null when there is none. */
function exchangeOf(session: Session, turnId: string, model: string): Message[] | null {
  const { conversation } = session.get();
  const turn = conversation.turns.find(({ id }) => id === turnId);
  const answer = turn && shownAnswer(turn, model);
  return answer ? [...messagesFor(conversation, turnId, model), { role: "assistant", content: answer.text }] : null;
}

function MissingNotice() {
  return (
    <Notice tone="warning" title="This conversation is not here">
      <Text>Conversations are kept in the browser that held them. It was another one, or it has been deleted since.</Text>
    </Notice>
  );
}
