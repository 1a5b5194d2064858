package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LoadScheduleTest {
  @Test
  void isConstantWithoutARamp() {
    LoadSchedule schedule = new LoadSchedule(100, 0);

    assertThat(schedule.secondsUntil(0)).isZero();
    assertThat(schedule.secondsUntil(250)).isEqualTo(2.5);
  }

  @Test
  void growsOverTheRampAndIsConstantAfterIt() {
    LoadSchedule schedule = new LoadSchedule(100, 4);

    // Half of 4 s x 100/s is sent during the ramp, a quarter of that in its first half.
    assertThat(schedule.secondsUntil(50)).isEqualTo(2, within(1e-9));
    assertThat(schedule.secondsUntil(200)).isEqualTo(4, within(1e-9));
    assertThat(schedule.secondsUntil(300)).isEqualTo(5, within(1e-9));
  }

  @Test
  void neverGoesBack() {
    LoadSchedule schedule = new LoadSchedule(333, 3);

    for (long n = 1; n < 2_000; n++) {
      assertThat(schedule.secondsUntil(n)).isGreaterThan(schedule.secondsUntil(n - 1));
    }
  }
}
