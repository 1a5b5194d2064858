package dev.zdd.shutdown;

import dev.zdd.core.Drainable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server without sockets that writes down what the shutdown asks of it. */
class RecordingServer implements Drainable {
  final List<String> events;
  volatile int open;

  RecordingServer() {
    this(new CopyOnWriteArrayList<>());
  }

  RecordingServer(List<String> events) {
    this.events = events;
  }

  @Override
  public void announce() {
    events.add("announce");
  }

  @Override
  public void unbind() throws Exception {
    events.add("unbind");
  }

  @Override
  public int open() {
    return open;
  }

  @Override
  public int closeIdle(Duration idle) {
    return 0;
  }

  @Override
  public void close() throws Exception {
    events.add("close");
  }
}
