const KEY_OF_INPUT_METHOD = 229;

/** Enter that means "send": without Shift, and not the one that ends a Chinese or Japanese word. */
export function isSendKey(event: React.KeyboardEvent): boolean {
  const composing = event.nativeEvent.isComposing || event.keyCode === KEY_OF_INPUT_METHOD; // Safari tells it by the code
  return event.key === "Enter" && !event.shiftKey && !composing;
}
