package dev.zdd.health;

import java.util.Set;

/** A probe or a group, as those see it who wait for it to change. */
record ProbeSight(Health health, Probe probe, ProbeBoard board, Set<String> excluded)
    implements Watchers.Sight<ProbeSight.View> {
  /**
   * What is seen.
   *
   * @param ok whether it is 200
   * @param ends whether nobody may wait any longer: the process goes, or its health was closed
   */
  record View(boolean ok, boolean ends) {}

  @Override
  public View now() {
    boolean ends = health.isEnding();
    long now = health.ticker().read();
    return new View(health.status(probe, board, excluded, now).isOk(), ends);
  }

  /** When it is worth asking again, if it is not ok. */
  int secondsToNextRun() {
    return Responses.wholeSeconds(board.nanosToNextRun(excluded, health.ticker().read()));
  }
}
