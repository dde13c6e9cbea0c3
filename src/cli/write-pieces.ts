/**
 * Text to a stream, no faster than it is read.
 */

/** Writes pieces as fast as the reader takes them. */
export async function writePieces(
  pieces: Iterable<string> | AsyncIterable<string>,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  let buffer = '';
  const flush = async (): Promise<void> => {
    if (!stdout.write(buffer)) {
      await new Promise<void>((resolve) => stdout.once('drain', resolve));
    }
    buffer = '';
  };
  for await (const piece of pieces) {
    buffer += piece;
    if (buffer.length > 1 << 16) {
      await flush();
    }
  }
  await flush();
}
