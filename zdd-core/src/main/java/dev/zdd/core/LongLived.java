package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What has no end of its own and must be told to end: a stream of server-sent events, a long poll,
 * a session. Whoever opens one registers how to say goodbye; the shutdown has it said once the
 * listener is closed, so that the peer, which connects again at once, finds another instance.
 *
 * <p>The registration says nothing about what is in flight: a stream is in flight, like any
 * request, until its last byte, and saying goodbye is how it comes to that.
 *
 * <p>Thread-safe. A goodbye runs at most once, and not at all after its registration was closed.
 */
public final class LongLived {
  // Guards both fields, so that whoever opens either is in the list that leave() returns or sees
  // that it was called.
  private final Object lock = new Object();
  private final Set<Open> open = new LinkedHashSet<>();
  private boolean leaving;

  LongLived() {}

  /** The registration of one stream or session: to be closed when that has ended by itself. */
  public interface Registration extends AutoCloseable {
    /** Takes it back. Does nothing the second time. */
    @Override
    void close();
  }

  /**
   * Registers one. If the process has already said its goodbyes, this one is said at once, on this
   * thread.
   *
   * @param goodbye begins the orderly end: an SSE comment and the end of the stream, a WebSocket
   *     close 1001. Called on a thread of the shutdown's beside others of its kind; one that blocks
   *     is abandoned at the drain's deadline, one that throws is logged
   */
  public Registration open(Runnable goodbye) {
    Open added = new Open(requireNonNull(goodbye, "goodbye"));
    boolean late;
    synchronized (lock) {
      late = leaving;
      if (!late) {
        open.add(added);
      }
    }
    if (late) {
      added.run();
    }
    return added;
  }

  /** How many are open. */
  public int count() {
    synchronized (lock) {
      return open.size();
    }
  }

  /**
   * From here on whoever opens one is told at once.
   *
   * @return the goodbyes of those that are open, in the order in which they were opened; empty at
   *     the second call
   */
  public List<Runnable> leave() {
    synchronized (lock) {
      List<Runnable> goodbyes = leaving ? List.of() : new ArrayList<>(open);
      leaving = true;
      return goodbyes;
    }
  }

  private final class Open implements Registration, Runnable {
    private final Runnable goodbye;
    private final AtomicBoolean over = new AtomicBoolean();

    Open(Runnable goodbye) {
      this.goodbye = goodbye;
    }

    @Override
    public void run() {
      if (over.compareAndSet(false, true)) {
        goodbye.run();
      }
    }

    // What was told stays in the count until its owner says that it is over.
    @Override
    public void close() {
      over.set(true);
      synchronized (lock) {
        open.remove(this);
      }
    }
  }
}
