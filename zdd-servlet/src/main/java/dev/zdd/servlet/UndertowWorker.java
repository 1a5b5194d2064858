package dev.zdd.servlet;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListener;
import org.xnio.ManagementRegistration;
import org.xnio.Option;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.management.XnioServerMXBean;
import org.xnio.management.XnioWorkerMXBean;

/**
 * A worker that has another do all the work, and keeps the listeners that an Undertow server opens
 * with it: the server shows them to nobody.
 */
final class UndertowWorker extends XnioWorker {
  private static final int DEFAULT_BACKLOG = 1000; // Undertow's

  private final XnioWorker worker;
  private final UndertowDrain drain;

  UndertowWorker(XnioWorker worker, UndertowDrain drain) {
    super(
        worker
            .getXnio()
            .createWorkerBuilder()
            .setWorkerName(worker.getName() + "-zdd")
            .setExternalExecutorService(worker));
    this.worker = worker;
    this.drain = drain;
  }

  @Override
  public AcceptingChannel<StreamConnection> createStreamConnectionServer(
      SocketAddress address,
      ChannelListener<? super AcceptingChannel<StreamConnection>> acceptListener,
      OptionMap options)
      throws IOException {
    UndertowListener listener =
        new UndertowListener(
            worker.createStreamConnectionServer(address, null, options),
            drain::accepted,
            options.get(Options.BACKLOG, DEFAULT_BACKLOG));
    setAcceptListener(listener, acceptListener);
    drain.opened(listener);
    return listener;
  }

  // The listener's setter is for what it says it is, which is itself.
  @SuppressWarnings("unchecked")
  private static void setAcceptListener(
      UndertowListener listener,
      ChannelListener<? super AcceptingChannel<StreamConnection>> acceptListener) {
    ((ChannelListener.Setter<AcceptingChannel<StreamConnection>>) listener.getAcceptSetter())
        .set(acceptListener);
  }

  @Override
  public void shutdown() {
    worker.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    return worker.shutdownNow();
  }

  @Override
  public boolean isShutdown() {
    return worker.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return worker.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return worker.awaitTermination(timeout, unit);
  }

  @Override
  public void awaitTermination() throws InterruptedException {
    worker.awaitTermination();
  }

  @Override
  public XnioIoThread getIoThread(int hashCode) {
    return worker.getIoThread(hashCode);
  }

  @Override
  public int getIoThreadCount() {
    return worker.getIoThreadCount();
  }

  @Override
  protected XnioIoThread chooseThread() {
    return worker.getIoThread();
  }

  @Override
  public boolean supportsOption(Option<?> option) {
    return worker.supportsOption(option);
  }

  @Override
  public <T> T getOption(Option<T> option) throws IOException {
    return worker.getOption(option);
  }

  @Override
  public <T> T setOption(Option<T> option, T value) throws IOException {
    return worker.setOption(option, value);
  }

  @Override
  public XnioWorkerMXBean getMXBean() {
    return worker.getMXBean();
  }

  /** Not asked: the worker behind this one opens the servers, and registers them. */
  @Override
  protected ManagementRegistration registerServerMXBean(XnioServerMXBean metrics) {
    throw new UnsupportedOperationException("the servers are another worker's");
  }
}
