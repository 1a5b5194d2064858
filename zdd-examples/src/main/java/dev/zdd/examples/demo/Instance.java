package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import dev.zdd.examples.demo.Timeline.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One place in the fleet: a port that one process after another serves, each a newer version.
 * Driven by one thread, looked at by others.
 */
final class Instance implements AutoCloseable {
  // "12:00:00.123  1234 ms INFO  Drainer - what it says"
  private static final Pattern LOG_PREFIX = Pattern.compile("^\\S+ +\\d+ ms \\w+ +\\S+ - ");

  private final String name;
  private final int port;
  private final Launch launch;
  private final Path directory;
  private final Timeline timeline;

  private volatile @Nullable ChildProcess process;
  private volatile String version = "";
  private volatile State state = State.STOPPED;
  private volatile Runnable beforeStop = () -> {};
  private volatile Runnable afterStart = () -> {};

  // Guarded by this: Ctrl-C closes it from another thread while the next process is being started.
  private boolean closed;

  Instance(String name, int port, List<String> command, Path directory, Timeline timeline) {
    this(name, port, Launch.ofShop(command), directory, timeline);
  }

  Instance(String name, int port, Launch launch, Path directory, Timeline timeline) {
    this.name = name;
    this.port = port;
    this.launch = launch;
    this.directory = directory;
    this.timeline = timeline;
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  String version() {
    return version;
  }

  State state() {
    return state;
  }

  /** What its process said last, without the time and the logger. */
  String lastWords() {
    ChildProcess child = process;
    return child == null ? "" : LOG_PREFIX.matcher(child.lastLine()).replaceFirst("");
  }

  void start(String newVersion) {
    Path log = directory.resolve(name + "-" + newVersion + ".log");
    version = newVersion;
    enter(State.STARTING);
    synchronized (this) {
      if (closed) {
        throw new Refusal(name + " is not started: the demo has been told to stop");
      }
      process = ChildProcess.start(name, launch.on(port, newVersion), log);
    }
    afterStart.run();
  }

  void awaitReady(Duration limit) throws InterruptedException {
    ChildProcess child = running();
    Patience.until(
        name + " to be ready",
        limit,
        () -> {
          if (!child.isAlive()) {
            throw new Refusal(name + " ended instead of becoming ready\n" + child.evidence());
          }
          return ReadyProbe.OF_DEPLOYMENT.isReady(port);
        },
        child::evidence);
    enter(State.READY);
  }

  /** What happens right before each SIGTERM. */
  void beforeStop(Runnable action) {
    beforeStop = action;
  }

  /** What happens right after each start of a process, which serves nothing yet. */
  void afterStart(Runnable action) {
    afterStart = action;
  }

  /** SIGTERM, and what came of it. */
  Timeline.Exit stop(Duration limit) throws InterruptedException {
    ChildProcess child = running();
    if (!child.isAlive()) {
      throw new Refusal(name + " was gone before it was told to stop\n" + child.evidence());
    }
    enter(State.DRAINING);
    beforeStop.run();
    double sigterm = timeline.now();
    child.terminate();
    int code = child.awaitExit(limit);
    Timeline.Exit exit = new Timeline.Exit(name, version, sigterm, timeline.now() - sigterm, code);
    enter(State.STOPPED);
    timeline.exited(exit);
    return exit;
  }

  /** Whether its present process runs. */
  boolean isAlive() {
    ChildProcess child = process;
    return child != null && child.isAlive();
  }

  private ChildProcess running() {
    ChildProcess child = process;
    if (child == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return child;
  }

  private void enter(State next) {
    state = next;
    timeline.enter(name, version, next);
  }

  @Override
  public synchronized void close() {
    closed = true;
    ChildProcess child = process;
    if (child != null) {
      child.close();
    }
  }
}
