import { Button } from "@chakra-ui/react";
import { Component, type ReactNode } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";

/** A page that breaks must not take the navigation with it. After an upgrade it is usually a chunk that is gone. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <>
        <ErrorNotice title="This page broke" error={this.state.error} />
        <Button mt="4" size="sm" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      </>
    );
  }
}
