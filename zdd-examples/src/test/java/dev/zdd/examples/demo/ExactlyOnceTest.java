package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.examples.demo.ExactlyOnce.Execution;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExactlyOnceTest {
  private final Posts posts = new Posts();

  @Test
  void isContentWhenEachAnsweredPostRanOnceAndAFailedOneOnceOrNever() {
    posts.ended(1, true);
    posts.ended(2, true);
    posts.ended(3, false);
    posts.ended(4, false);

    ExactlyOnce result =
        ExactlyOnce.of(
            List.of(new Execution(1, 1, "a"), new Execution(2, 1, "b"), new Execution(3, 1, "a")),
            posts);

    assertThat(result.complaints()).isEmpty();
    assertThat(result.inWords())
        .isEqualTo(
            "2 of 2 answered POSTs ran exactly once, 0 twice, 0 never; of 2 failed ones 1 ran");
  }

  @Test
  void reportsAPostThatRanTwiceAndWhere() {
    posts.ended(1, true);

    ExactlyOnce result = ExactlyOnce.of(List.of(new Execution(1, 2, "a and b")), posts);

    assertThat(result.twice()).containsExactly("POST 1 ran 2 times: on a and b, answered");
    assertThat(result.once()).isZero();
    assertThat(result.complaints()).hasSize(1);
  }

  @Test
  void reportsAPostThatRanTwiceThoughItFailedAtTheClient() {
    posts.ended(1, false);

    ExactlyOnce result = ExactlyOnce.of(List.of(new Execution(1, 2, "a and b")), posts);

    assertThat(result.complaints())
        .containsExactly(
            "1 POSTs ran more than once; first: POST 1 ran 2 times: on a and b, not answered");
  }

  @Test
  void reportsAPostThatWasAnsweredAndNeverRan() {
    posts.ended(1, true);
    posts.ended(2, true);

    ExactlyOnce result = ExactlyOnce.of(List.of(new Execution(2, 1, "a")), posts);

    assertThat(result.complaints())
        .containsExactly(
            "1 POSTs were answered and never ran; first: POST 1 was answered, not run");
  }

  @Test
  void reportsAPostThatNobodySent() {
    assertThat(ExactlyOnce.of(List.of(new Execution(9, 1, "a")), posts).complaints())
        .containsExactly("1 POSTs ran that nobody sent");
  }

  @Test
  void countsAllAndNamesTheFirst() {
    for (int i = 0; i < 1000; i++) {
      posts.ended(i, true);
    }

    ExactlyOnce result = ExactlyOnce.of(List.of(), posts);

    assertThat(result.missingCount()).isEqualTo(1000);
    assertThat(result.missing()).hasSize(50);
  }
}
