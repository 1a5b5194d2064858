package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.Lifecycle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A listener is registered while the process becomes ready and at once begins to drain. The witness
 * is a plain field: listeners run one at a time, and each sees what the one before it wrote.
 */
@JCStressTest
@Outcome(id = "READY DRAINING", expect = ACCEPTABLE, desc = "told of each, once and in order")
@Outcome(expect = FORBIDDEN, desc = "told too often, too rarely, or out of order")
@State
public class RegistrationAgainstTransition {
  private final Lifecycle lifecycle = new Lifecycle();
  private String told = "";

  /** Registers. */
  @Actor
  public void registration() {
    lifecycle.onTransition(transition -> told += " " + transition.to());
  }

  /** Drives. */
  @Actor
  public void transition() {
    lifecycle.ready();
    lifecycle.drain("SIGTERM");
  }

  /** What the listener was told. */
  @Arbiter
  public void told(L_Result r) {
    r.r1 = told.trim();
  }
}
