package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class FlagInARequestTest {
  private static final FlagDefinition ON = FlagDefinition.builder("checkout").enabled(true).build();
  private static final FlagDefinition OFF = FlagDefinition.builder("checkout").build();

  private final MemoryFlagSource source = MemoryFlagSource.of(ON);
  private final Flags flags = Flags.of(source);
  private final Flag checkout = flags.flag("checkout");

  @Test
  void asksWhomTheRequestIsFor() {
    source.set(
        FlagDefinition.builder("checkout")
            .enabled(true)
            .allow("alice")
            .percentage("0")
            .variants(new Variant("red", 1, new FlagValue.Text("#f00")))
            .build());
    RequestContext.of("alice")
        .run(() -> {
          assertThat(checkout.isEnabled()).isTrue();
          assertThat(checkout.variant()).extracting(Variant::name).isEqualTo("red");
          assertThat(checkout.explain().reason()).isEqualTo(Reason.TARGETING_MATCH);
        });
    RequestContext.of("bob")
        .run(() -> {
          assertThat(checkout.isEnabled()).isFalse();
          assertThat(checkout.variant()).isNull();
          assertThat(checkout.explain().reason()).isEqualTo(Reason.SPLIT);
        });
  }

  @Test
  void isOffWhereNoRequestIsBound() {
    assertThat(checkout.isEnabled()).isFalse();
    assertThat(checkout.variant()).isNull();
    assertThat(checkout.explain().reason()).isEqualTo(Reason.NO_UNIT);
    assertThat(checkout.noUnit()).as("counted").isEqualTo(2);
  }

  @Test
  void answersTheSameTwiceThoughTheFlagsAreReloadedInBetween() {
    RequestContext.of("alice")
        .run(() -> {
          assertThat(checkout.isEnabled()).isTrue();
          source.set(OFF);
          assertThat(checkout.isEnabled("alice")).as("asked by an id").isFalse();
          assertThat(checkout.isEnabled()).isTrue();
          assertThat(flags.flag("checkout").explain().version()).isEqualTo("1");
        });
    RequestContext.of("alice").run(() -> assertThat(checkout.isEnabled()).isFalse());
  }

  @Test
  void answersTheSameOnTheThreadsThatARequestHandsItsWorkTo() {
    Executor carrying = RequestContext.carriedBy(task -> new Thread(task).start());
    List<Boolean> answers =
        List.of(
            CompletableFuture.supplyAsync(checkout::isEnabled, carrying).join(),
            inRequestOfAlice(carrying));
    assertThat(answers).containsExactly(false, true);
  }

  private boolean inRequestOfAlice(Executor carrying) {
    boolean[] answer = new boolean[1];
    RequestContext.of("alice")
        .run(() -> {
          checkout.isEnabled();
          source.set(OFF);
          answer[0] = CompletableFuture.supplyAsync(checkout::isEnabled, carrying).join();
        });
    return answer[0];
  }
}
