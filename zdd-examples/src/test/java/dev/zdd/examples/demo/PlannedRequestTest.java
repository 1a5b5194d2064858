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
  private static final int MANY = 9_000;
  private static final Mix MIX = Mix.parse("get=60,post=32,slow=4,stream=4");
  private static final Mix ONLY_GET = Mix.parse("get=1");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void sendsEveryInstanceOfARoundRobinTheSameMix(int instances) {
    for (int instance = 0; instance < instances; instance++) {
      int one = instance;
      List<PlannedRequest> its =
          LongStream.range(0, MANY)
              .filter(n -> n % instances == one)
              .mapToObj(n -> PlannedRequest.number(n, MIX))
              .toList();

      assertThat(share(its, "GET /work?ms=3000&") + share(its, "POST /work?ms=3000&"))
          .isBetween(0.03, 0.05);
      assertThat(share(its, "GET /stream")).isBetween(0.03, 0.05);
      assertThat(share(its, "POST /work")).isBetween(0.29, 0.38);
      assertThat(share(its, "GET /orders")).isBetween(0.03, 0.08);
      assertThat(share(its, "GET /checkout")).isBetween(0.03, 0.08);
    }
  }

  @Test
  void givesEachPostItsOwnNumberAndNoOtherRequestOne() {
    List<PlannedRequest> all =
        LongStream.range(0, MANY).mapToObj(n -> PlannedRequest.number(n, MIX)).toList();

    assertThat(all).allMatch(one -> one.isPost() == one.target().matches(".*[?&]id=\\d+"));
    assertThat(all.stream().filter(PlannedRequest::isPost).map(PlannedRequest::target))
        .doesNotHaveDuplicates();
    assertThat(all.stream().filter(one -> one.kind() == Kind.SLOW).filter(PlannedRequest::isPost))
        .isNotEmpty();
  }

  @Test
  void takesNothingButTheWholeAnswer() {
    PlannedRequest work = PlannedRequest.number(1, ONLY_GET);
    PlannedRequest orders = PlannedRequest.number(7, ONLY_GET);
    PlannedRequest stream = PlannedRequest.number(1, Mix.parse("stream=1"));

    assertThat(work.judge(200, bytes(Serve.WORK_ANSWER))).isNull();
    assertThat(orders.judge(200, bytes("{\"orders\":[]}\n"))).isNull();
    assertThat(kind(work.judge(200, bytes(Serve.WORK_ANSWER + "x")))).isEqualTo(Failure.WRONG_BODY);
    assertThat(kind(work.judge(200, null))).isEqualTo(Failure.WRONG_BODY);
    assertThat(kind(orders.judge(200, bytes("{\"orders\":[")))).isEqualTo(Failure.WRONG_BODY);
    String whole = Serve.streamAnswer(20);
    assertThat(stream.judge(200, bytes(whole))).isNull();
    assertThat(kind(stream.judge(200, bytes(whole.substring(0, whole.length() - 14)))))
        .as("without its last line")
        .isEqualTo(Failure.WRONG_BODY);
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
