package dev.zdd.shutdown;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a shutdown stands, as {@link GracefulShutdown#progress} saw it.
 *
 * @param state the state of the lifecycle
 * @param phase the phase that it is in; null before the first and after the last
 * @param reason what began it; null if nothing has
 * @param elapsed since the signal; zero before it
 * @param left until the deadline; before the signal the whole of it
 * @param phases how long each phase that has begun has taken so far
 * @param waitingFor what has to happen before it goes on, in words, with addresses of probers and
 *     names of steps; empty before it has begun and when it is over
 * @param inFlight how much is in flight
 * @param oldest the oldest of it; null if nothing is
 * @param openConnections how many connections were open when the shutdown last looked; 0 before it
 * @param served how many pieces of work have finished since the signal
 * @param refused how many have been refused since the signal
 * @param cut how many pieces of work and connections have been cut
 * @param idleClosed how many idle connections the server has closed of its own accord
 */
public record DrainProgress(
    Lifecycle.State state,
    @Nullable Phase phase,
    @Nullable String reason,
    Duration elapsed,
    Duration left,
    Map<Phase, Duration> phases,
    String waitingFor,
    int inFlight,
    InFlight.@Nullable Work oldest,
    int openConnections,
    long served,
    long refused,
    int cut,
    int idleClosed) {

  /** Copies its map. */
  public DrainProgress {
    EnumMap<Phase, Duration> inOrder = new EnumMap<>(Phase.class);
    inOrder.putAll(phases);
    phases = Collections.unmodifiableMap(inOrder);
  }
}
