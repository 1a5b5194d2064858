package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.examples.shop.Serve;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlannedRequestTest {
  private static final int MANY = 6_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void sendsEveryInstanceOfARoundRobinTheSameMix(int instances) {
    for (int instance = 0; instance < instances; instance++) {
      int one = instance;
      List<PlannedRequest> its =
          LongStream.range(0, MANY)
              .filter(n -> n % instances == one)
              .mapToObj(PlannedRequest::number)
              .toList();

      assertThat(share(its, "GET /work")).isBetween(0.42, 0.5);
      assertThat(share(its, "POST /work")).isBetween(0.42, 0.5);
      assertThat(share(its, "GET /orders")).isBetween(0.03, 0.06);
      assertThat(share(its, "GET /checkout")).isBetween(0.03, 0.06);
    }
  }

  @Test
  void takesNothingButTheWholeAnswer() {
    PlannedRequest work = PlannedRequest.number(1);
    PlannedRequest orders = PlannedRequest.number(7);

    assertThat(work.judge(200, bytes(Serve.WORK_ANSWER))).isNull();
    assertThat(orders.judge(200, bytes("{\"orders\":[]}\n"))).isNull();
    assertThat(kind(work.judge(200, bytes(Serve.WORK_ANSWER + "x")))).isEqualTo(Failure.WRONG_BODY);
    assertThat(kind(work.judge(200, null))).isEqualTo(Failure.WRONG_BODY);
    assertThat(kind(orders.judge(200, bytes("{\"orders\":[")))).isEqualTo(Failure.WRONG_BODY);
    assertThat(kind(work.judge(204, bytes("")))).isEqualTo("status 204");
  }

  private static String kind(Failure failure) {
    return failure.kind();
  }

  private static double share(List<PlannedRequest> requests, String what) {
    return (double) requests.stream().filter(r -> r.toString().startsWith(what)).count()
        / requests.size();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
