package dev.zdd.connections;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps connections open on which nothing happens. Given a process, it then has requests on their
 * way on connections of their own, sends SIGTERM, and says what became of them all. It closes a
 * connection when the server has, and not before.
 */
public final class Crowd {
  private static final Duration GIVE_UP = Duration.ofMinutes(1);

  // The default of GracefulShutdown's "idle": whoever is silent for longer is closed without delay.
  private static final Duration SILENT = Duration.ofSeconds(6);

  private final InetSocketAddress server;
  private final List<SocketChannel> idle = new ArrayList<>();

  private Crowd(int port) {
    server = new InetSocketAddress("127.0.0.1", port);
  }

  /**
   * Arguments: port, number of idle connections; and then process, number of requests in flight,
   * how many milliseconds the service is to take for each. Without a process it holds the
   * connections until its standard input ends.
   */
  public static void main(String[] args) throws Exception {
    Crowd crowd = new Crowd(Integer.parseInt(args[0]));
    crowd.gather(Integer.parseInt(args[1]));
    System.out.println("open");
    if (args.length == 2) {
      while (System.in.read() >= 0) {}
    } else {
      crowd.terminate(
          ProcessHandle.of(Long.parseLong(args[2])).orElseThrow(),
          Integer.parseInt(args[3]),
          Integer.parseInt(args[4]));
    }
  }

  private void gather(int count) throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(1 << 14);
    for (int i = 0; i < count; i++) {
      SocketChannel connection = SocketChannel.open(server);
      ask(connection, "/");
      Received received = new Received();
      while (!received.isWhole()) {
        if (!received.more(connection, answer)) {
          throw new IOException("connection " + i + " was closed before its first answer");
        }
      }
      idle.add(connection);
    }
  }

  private static void ask(SocketChannel connection, String target) throws IOException {
    connection.write(
        ByteBuffer.wrap(
            ("GET " + target + " HTTP/1.1\r\nHost: zdd\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
  }

  private void terminate(ProcessHandle process, int inFlight, int millis) throws Exception {
    Thread.sleep(SILENT.toMillis());
    Selector selector = Selector.open();
    for (SocketChannel connection : idle) {
      register(connection, selector, null);
    }
    List<SocketChannel> busy = new ArrayList<>();
    for (int i = 0; i < inFlight; i++) {
      busy.add(SocketChannel.open(server)); // slow, where the accept queue is short
    }
    List<Received> requests = new ArrayList<>();
    for (SocketChannel connection : busy) {
      ask(connection, "/work?ms=" + millis);
      Received request = new Received();
      requests.add(request);
      register(connection, selector, request);
    }
    long start = System.nanoTime();
    // Not ProcessHandle.destroy(): that may mean SIGKILL.
    new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
    Ends ends = new Ends(start);
    while (selector.keys().stream().anyMatch(SelectionKey::isValid)
        && System.nanoTime() - start < GIVE_UP.toNanos()) {
      selector.select(key -> ends.read(key), 100);
    }
    while (process.isAlive() && System.nanoTime() - start < GIVE_UP.toNanos()) {
      Thread.sleep(1); // onExit() of a process that is no child looks three times a second
    }
    long exited = System.nanoTime();
    long answered = requests.stream().filter(Received::isWhole).count();
    System.out.printf(
        "%,d idle: %,d ended, %,d reset; %,d in flight: %,d answered, %,d lost;"
            + " SIGTERM to last answer %.2f s, to last end of an idle one %.2f s,"
            + " to exit %.2f s%n",
        idle.size(),
        ends.idleEnded,
        ends.idleReset,
        inFlight,
        answered,
        inFlight - answered,
        (ends.lastAnswer - start) / 1e9,
        (ends.lastIdle - start) / 1e9,
        (exited - start) / 1e9);
    if (answered < inFlight || ends.idleReset > 0) {
      System.exit(1);
    }
  }

  private static void register(SocketChannel connection, Selector selector, Object attachment)
      throws IOException {
    connection.configureBlocking(false);
    connection.register(selector, SelectionKey.OP_READ, attachment);
  }

  /** How the connections ended, and when. */
  private static final class Ends {
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
    private int idleEnded;
    private int idleReset;
    private long lastAnswer;
    private long lastIdle;

    Ends(long start) {
      lastAnswer = start;
      lastIdle = start;
    }

    void read(SelectionKey key) {
      Received request = (Received) key.attachment();
      SocketChannel connection = (SocketChannel) key.channel();
      try {
        if (request == null) {
          if (connection.read(buffer.clear()) < 0) {
            idleEnded++;
            lastIdle = System.nanoTime();
            end(connection);
          }
        } else {
          boolean open = request.more(connection, buffer);
          if (request.isWhole()) {
            lastAnswer = Math.max(lastAnswer, request.wholeAt);
          }
          if (!open) {
            end(connection);
          }
        }
      } catch (IOException e) {
        if (request == null) {
          idleReset++;
          lastIdle = System.nanoTime();
        }
        end(connection);
      }
    }

    private void end(SocketChannel connection) {
      try {
        connection.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** What has come of an answer. */
  private static final class Received {
    private final StringBuilder text = new StringBuilder();
    private long wholeAt;

    /** False at the end of the stream. */
    boolean more(SocketChannel connection, ByteBuffer buffer) throws IOException {
      int read = connection.read(buffer.clear());
      if (read > 0) {
        text.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
        if (wholeAt == 0 && isWhole()) {
          wholeAt = System.nanoTime();
        }
      }
      return read >= 0;
    }

    boolean isWhole() {
      int body = text.indexOf("\r\n\r\n") + 4;
      int length = text.toString().toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
      if (body < 4 || length < 0 || length > body) {
        return false;
      }
      int from = length + "content-length: ".length();
      return text.indexOf("HTTP/1.1 200") == 0
          && text.length()
              == body + Integer.parseInt(text.substring(from, text.indexOf("\r\n", from)));
    }
  }
}
