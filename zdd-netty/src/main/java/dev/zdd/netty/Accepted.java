package dev.zdd.netty;

import java.time.Duration;

/**
 * Stands for each connection that has been accepted and has no handler of ours (yet): it has
 * nothing to be told by, and may have no event loop.
 */
enum Accepted implements Connection {
  ACCEPTED;

  @Override
  public long quietSince() {
    return System.nanoTime();
  }

  @Override
  public void announce() {}

  @Override
  public void unbound() {}

  @Override
  public boolean closeIfIdle(Duration idle) {
    return false;
  }

  @Override
  public void cut() {}

  @Override
  public void ended() {}
}
