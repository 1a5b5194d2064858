package dev.zdd.examples.demo;

/**
 * When each request of the load is meant to start: at a rate that grows evenly from nothing over
 * the ramp, and is constant from there on.
 *
 * @param perSecond the constant rate
 * @param ramp in seconds, 0 for none
 */
record LoadSchedule(double perSecond, double ramp) {
  /** Seconds from the begin of the load to the start of request {@code n}; the first has n = 0. */
  double secondsUntil(long n) {
    // t seconds into the ramp, rate * t^2 / (2 * ramp) have started; at its end, half of what a
    // constant rate would have sent.
    double duringRamp = perSecond * ramp / 2;
    return n < duringRamp
        ? Math.sqrt(2 * ramp * n / perSecond)
        : ramp + (n - duringRamp) / perSecond;
  }
}
