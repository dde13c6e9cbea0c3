/**
 * A connection on which the client does not change its flow-control window.
 *
 * gRPC in Go measures how fast a connection is and then raises the window of streams that are already open. Bun's HTTP/2
 * server forgets at that moment what the client has granted the stream so far (Bun 1.4.5; it sets the window where it should
 * add the difference, RFC 9113 §6.9.2), so that an answer in several pieces stops for ever, most of the time on a new
 * connection. The measurement is a ping with a payload of its own; one that never gets an answer leaves the windows as they
 * began. On a local socket they are large enough.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** The payload of gRPC-Go's measuring pings, the same since 2017. */
const MEASURING_PING = Buffer.from([2, 4, 16, 16, 9, 14, 7, 7]);

/** What a client sends before its first frame: a fixed text of this length. */
const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
const PING_TYPE = 6;
const ACK_FLAG = 1;

/** The connection as a stream of bytes, without the client's measuring pings. Owns the socket. */
export function toSteadyConnection(socket: Socket): Duplex {
  const withoutPings = createPingFilter((bytes) => {
    if (!connection.push(bytes)) {
      socket.pause();
    }
  });
  const connection = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (socket.write(chunk)) {
        done();
      } else {
        socket.once('drain', done);
      }
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', withoutPings);
  socket.on('end', () => connection.push(null));
  // The client has gone; the session sees its end.
  socket.on('error', () => connection.destroy());
  socket.on('close', () => connection.destroy());
  return connection;
}

/**
 * Passes what a client sends over HTTP/2, in pieces of any size, and leaves out measuring pings. What it passes are views on
 * the pieces.
 */
export function createPingFilter(pass: (bytes: Buffer) => void): (piece: Buffer) => void {
  /** Bytes to pass without looking: the preface, a frame's payload. */
  let skipBytes = PREFACE_BYTES;
  /** The beginning of a frame's head, or of a ping, until all of it is there. */
  let begun = Buffer.alloc(0);
  return (piece) => {
    let rest = begun.length === 0 ? piece : Buffer.concat([begun, piece]);
    begun = Buffer.alloc(0);
    /** `rest` begins with this many bytes that have been looked at and go on. */
    let passBytes = 0;
    const passAll = (): void => {
      if (passBytes > 0) {
        pass(rest.subarray(0, passBytes));
      }
      rest = rest.subarray(passBytes);
      passBytes = 0;
    };
    for (;;) {
      const skippedBytes = Math.min(skipBytes, rest.length - passBytes);
      passBytes += skippedBytes;
      skipBytes -= skippedBytes;
      const head = rest.subarray(passBytes, passBytes + FRAME_HEAD_BYTES + MEASURING_PING.length);
      const isPing =
        head.length >= FRAME_HEAD_BYTES && head[3] === PING_TYPE && payloadBytesOf(head) === MEASURING_PING.length;
      if (head.length < (isPing ? FRAME_HEAD_BYTES + MEASURING_PING.length : FRAME_HEAD_BYTES)) {
        passAll();
        // A copy, so that the piece is not kept.
        begun = Buffer.from(rest);
        return;
      }
      if (isPing && isMeasuring(head)) {
        passAll();
        rest = rest.subarray(head.length);
      } else {
        passBytes += FRAME_HEAD_BYTES;
        skipBytes = payloadBytesOf(head);
      }
    }
  };
}

function payloadBytesOf(head: Buffer): number {
  return head.readUIntBE(0, 3);
}

function isMeasuring(ping: Buffer): boolean {
  return (ping[4]! & ACK_FLAG) === 0 && ping.subarray(FRAME_HEAD_BYTES).equals(MEASURING_PING);
}
