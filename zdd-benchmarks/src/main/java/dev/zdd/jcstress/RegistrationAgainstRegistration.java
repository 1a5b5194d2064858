package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.Lifecycle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two listeners are registered at once in a process that is ready. One thread does the telling; it
 * must not leave as the other hands its entry over to it.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "each was told once")
@Outcome(expect = FORBIDDEN, desc = "one was forgotten, or told twice")
@State
public class RegistrationAgainstRegistration {
  private final Lifecycle lifecycle = new Lifecycle();
  private int first;
  private int second;

  /** Ready already. */
  public RegistrationAgainstRegistration() {
    lifecycle.ready();
  }

  /** Registers one. */
  @Actor
  public void first() {
    lifecycle.onTransition(transition -> first++);
  }

  /** Registers the other. */
  @Actor
  public void second() {
    lifecycle.onTransition(transition -> second++);
  }

  /** How often each was told. */
  @Arbiter
  public void told(II_Result r) {
    r.r1 = first;
    r.r2 = second;
  }
}
