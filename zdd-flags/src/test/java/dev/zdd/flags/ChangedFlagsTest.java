package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChangedFlagsTest {
  @Test
  void flagsThatAreNewGoneOrOtherwiseHaveChangedAndNoOthers() {
    FlagSnapshot before = snapshot(on("gone").build(), on("same").build(), on("b").build());
    FlagSnapshot now =
        snapshot(on("new").build(), on("same").build(), on("b").percentage("5").build());

    assertThat(ChangedFlags.between(before, now)).containsExactly("b", "gone", "new");
    assertThat(ChangedFlags.between(now, now)).isEmpty();
  }

  @Test
  void aFlagHasChangedWithWhatItRequiresHoweverFarAway() {
    FlagDefinition third = on("a-third").requires(Requirement.on("b-second")).build();
    FlagDefinition second = on("b-second").requires(Requirement.on("first")).build();
    FlagDefinition apart = on("apart").requires(Requirement.on("root")).build();
    FlagDefinition root = on("root").build();
    FlagSnapshot before = snapshot(third, second, on("first").build(), apart, root);
    FlagSnapshot now = snapshot(third, second, on("first").percentage("1").build(), apart, root);

    assertThat(ChangedFlags.between(before, now)).containsExactly("a-third", "b-second", "first");
  }

  @Test
  void aFlagHasChangedWithASegmentThatItsRulesName() {
    FlagDefinition staff = on("for-staff").rules(Rule.when(Condition.segment("staff"))).build();
    FlagDefinition testers = on("for-testers").rules(Rule.when(Condition.segment("test"))).build();
    FlagSnapshot before = snapshot(List.of(staff, testers), Segment.of("staff", "alice"));
    FlagSnapshot now = snapshot(List.of(staff, testers), Segment.of("staff", "alice", "bob"));

    assertThat(ChangedFlags.between(before, now)).containsExactly("for-staff");
  }

  private static FlagSnapshot snapshot(FlagDefinition... flags) {
    return new FlagSnapshot("1", List.of(flags));
  }

  private static FlagSnapshot snapshot(List<FlagDefinition> flags, Segment staff) {
    return new FlagSnapshot("1", flags, List.of(staff, Segment.of("test", "eve")), Set.of());
  }

  private static FlagDefinition.Builder on(String key) {
    return FlagDefinition.builder(key).enabled(true);
  }
}
