package dev.zdd.servlet;

import dev.zdd.core.AcceptQueue;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.Option;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * A listener of XNIO's, of which each connection is shown to the drain before Undertow sees it, and
 * which can be closed with nothing left in its accept queue.
 */
final class UndertowListener implements AcceptingChannel<StreamConnection> {
  private static final int MOST_IN_ONE_GO = 128; // what XNIO accepts before it lets others work
  private static final int TIMEOUT_SECONDS = 5;

  private final AcceptingChannel<StreamConnection> listener;
  private final Consumer<StreamConnection> accepted;
  private final int backlog;
  private final AcceptQueue queue = new AcceptQueue();

  UndertowListener(
      AcceptingChannel<StreamConnection> listener,
      Consumer<StreamConnection> accepted,
      int backlog) {
    this.listener = listener;
    this.accepted = accepted;
    this.backlog = backlog;
  }

  /** Gets ready for the close. */
  void announce() {
    if (listener.isOpen()) {
      queue.prepare(listener.getLocalAddress());
    }
  }

  /**
   * Closes it with nothing left in its accept queue. XNIO accepts on a thread of its own; on that
   * one it is made to accept until there is nothing, and the next task there closes, so that only
   * what connects within those microseconds is lost, if {@link AcceptQueue#takeNoMore} cannot be
   * had.
   *
   * @throws IOException if that did not come about within 5 s; then it has been closed as it was
   */
  // Deprecated because it is rarely what one wants; here it is: nothing else makes XNIO accept.
  @SuppressWarnings("deprecation")
  void closeEmpty() throws IOException, InterruptedException {
    if (!listener.isOpen()) {
      return;
    }
    try {
      // One that is at its most connections would leave the queue as it is.
      listener.setOption(Options.CONNECTION_HIGH_WATER, Integer.MAX_VALUE);
      CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
      XnioIoThread acceptor = acceptor();
      queue.takeNoMore();
      for (int emptied = 0; emptied <= backlog; emptied += MOST_IN_ONE_GO) {
        listener.wakeupAccepts();
      }
      acceptor.execute(() -> {
        try {
          listener.close();
          closed.complete(null);
        } catch (IOException e) {
          closed.completeExceptionally(e);
        }
      });
      await(closed, "closed " + listener.getLocalAddress());
    } finally {
      close();
    }
    handOver();
  }

  /**
   * The thread that accepts has the number after those that do the rest, and a worker does not show
   * it otherwise.
   */
  private XnioIoThread acceptor() throws IOException {
    XnioWorker worker = listener.getWorker();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread instanceof XnioIoThread one
          && one.getWorker().equals(worker)
          && one.getNumber() == worker.getIoThreadCount()) {
        return one;
      }
    }
    throw new IOException("worker " + worker.getName() + " has no accept thread");
  }

  /** Waits until the I/O threads have taken what was accepted for them: it is in their queues. */
  private void handOver() throws IOException, InterruptedException {
    XnioWorker worker = listener.getWorker();
    for (int i = 0; i < worker.getIoThreadCount(); i++) {
      CompletableFuture<@Nullable Void> reached = new CompletableFuture<>();
      worker.getIoThread(i).execute(() -> reached.complete(null));
      await(reached, "handed over what it had accepted");
    }
  }

  private static void await(CompletableFuture<@Nullable Void> done, String what)
      throws IOException, InterruptedException {
    try {
      done.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException("XNIO has not " + what, e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("XNIO has not " + what + " within " + TIMEOUT_SECONDS + " s", e);
    }
  }

  @Override
  public @Nullable StreamConnection accept() throws IOException {
    StreamConnection connection;
    try {
      connection = listener.accept();
    } catch (ClosedChannelException e) {
      // XNIO asks once for each that it has accepted, and takes several at the first: at the later
      // times there is nothing left, which it would log as an error once the listener is closed.
      return null;
    }
    if (connection != null) {
      accepted.accept(connection);
    }
    return connection;
  }

  @Override
  public ChannelListener.Setter<? extends AcceptingChannel<StreamConnection>> getAcceptSetter() {
    return ChannelListeners.getDelegatingSetter(listener.getAcceptSetter(), this);
  }

  @Override
  public ChannelListener.Setter<? extends AcceptingChannel<StreamConnection>> getCloseSetter() {
    return ChannelListeners.getDelegatingSetter(listener.getCloseSetter(), this);
  }

  @Override
  public SocketAddress getLocalAddress() {
    return listener.getLocalAddress();
  }

  @Override
  public <A extends SocketAddress> A getLocalAddress(Class<A> type) {
    return listener.getLocalAddress(type);
  }

  @Override
  public void suspendAccepts() {
    listener.suspendAccepts();
  }

  @Override
  public void resumeAccepts() {
    listener.resumeAccepts();
  }

  @Override
  public boolean isAcceptResumed() {
    return listener.isAcceptResumed();
  }

  @Override
  @Deprecated
  public void wakeupAccepts() {
    listener.wakeupAccepts();
  }

  @Override
  public void awaitAcceptable() throws IOException {
    listener.awaitAcceptable();
  }

  @Override
  public void awaitAcceptable(long time, TimeUnit unit) throws IOException {
    listener.awaitAcceptable(time, unit);
  }

  @Override
  @Deprecated
  public XnioExecutor getAcceptThread() {
    return listener.getAcceptThread();
  }

  @Override
  public XnioIoThread getIoThread() {
    return listener.getIoThread();
  }

  @Override
  public XnioWorker getWorker() {
    return listener.getWorker();
  }

  @Override
  public boolean isOpen() {
    return listener.isOpen();
  }

  /** Does nothing the second time: XNIO would wait for its accept thread, which may have ended. */
  @Override
  public void close() throws IOException {
    if (listener.isOpen()) {
      listener.close();
    }
  }

  @Override
  public boolean supportsOption(Option<?> option) {
    return listener.supportsOption(option);
  }

  @Override
  public <T> T getOption(Option<T> option) throws IOException {
    return listener.getOption(option);
  }

  @Override
  public <T> T setOption(Option<T> option, T value) throws IOException {
    return listener.setOption(option, value);
  }
}
