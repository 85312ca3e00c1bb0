import { Button } from "@chakra-ui/react";
import { Upload } from "lucide-react";
import { useRef } from "react";

import { useContact } from "@/api/contact";
import { uploads } from "@/api/dataset-uploads";

/** Chooses files to be sent, several at once. */
export function UploadButton() {
  const { lost } = useContact();
  const input = useRef<HTMLInputElement>(null);
  const take = ({ target }: React.ChangeEvent<HTMLInputElement>) => {
    uploads.add(target.files ?? []);
    target.value = ""; // the same file may be chosen again once it is mended
  };
  return (
    <>
      <input ref={input} type="file" multiple hidden aria-label="Files to upload" tabIndex={-1} onChange={take} />
      <Button size="sm" disabled={lost} onClick={() => input.current?.click()}>
        <Upload aria-hidden /> Upload
      </Button>
    </>
  );
}
