package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** A rollout by way of an admin. */
final class AdminRollout implements FlagRollout {
  private static final Percentage ALL = new Percentage(Percentage.ALL_PPM);

  private final FlagAdmin admin;
  private final FlagExposures exposures;
  private final String key;

  AdminRollout(FlagAdmin admin, FlagExposures exposures) {
    this.admin = requireNonNull(admin, "admin");
    this.exposures = requireNonNull(exposures, "exposures");
    this.key = exposures.flag().key();
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public RolloutPosition position() throws IOException, InterruptedException {
    PresentFlags present = admin.read();
    FlagDefinition flag = admin.existing(present, key);
    Percentage percentage = flag.percentage();
    return new RolloutPosition(
        flag.enabled(), percentage == null ? ALL : percentage, present.revision());
  }

  @Override
  public ChangeOutcome raise(Percentage to, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException {
    RolloutPosition present = position();
    if (!present.revision().equals(expected)) {
      return new ChangeOutcome.Conflict(present.revision());
    }
    if (to.ppm() <= present.percentage().ppm()) {
      throw new IllegalArgumentException(
          "percentage: " + to + " (expected: over the present " + present.percentage() + ")");
    }
    return admin.setPercentage(key, to, expected, change);
  }

  @Override
  public ChangeOutcome lower(Percentage to, FlagChange change)
      throws IOException, InterruptedException {
    while (true) {
      RolloutPosition present = position();
      if (present.percentage().ppm() <= to.ppm()) {
        return new ChangeOutcome.Unchanged(present.revision());
      }
      ChangeOutcome outcome = admin.setPercentage(key, to, present.revision(), change);
      if (!(outcome instanceof ChangeOutcome.Conflict)) {
        return outcome;
      }
    }
  }

  @Override
  public ExposureCounts counts() {
    return exposures.counts();
  }

  @Override
  public String toString() {
    return "rollout of " + Quoted.of(key);
  }
}
