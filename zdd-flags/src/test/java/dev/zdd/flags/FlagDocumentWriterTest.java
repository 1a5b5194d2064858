package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FlagDocumentWriterTest {
  @Property(tries = 300)
  void whatIsWrittenIsReadAsItWas(@ForAll long seed) throws Exception {
    FlagSnapshot snapshot = RandomSnapshot.of(seed);
    String document = snapshot.toDocument();
    FlagSnapshot read = FlagDocument.parse(document.getBytes(UTF_8));

    assertThat(read.definitions()).isEqualTo(snapshot.definitions());
    assertThat(read.segments()).isEqualTo(snapshot.segments());
    assertThat(read.retired()).isEqualTo(snapshot.retired());
    assertThat(read.toDocument()).as("stable").isEqualTo(document);
  }

  @Example
  void isMadeForPeople() throws Exception {
    String document =
        """
        {
          "version": 7,
          "retired": ["old", "older"],
          "segments": {
            "staff": {
              "include": ["alice", "bob"]
            }
          },
          "flags": {
            "new-checkout": {
              "enabled": true,
              "from": "2026-12-01T07:00:00Z",
              "allow": ["alice", "ümit"],
              "requires": ["payments"],
              "rules": [{
                "when": [{
                  "segment": "staff"
                }],
                "percentage": "0.5"
              }],
              "percentage": "10"
            },
            "payments": {
              "enabled": false
            }
          }
        }
        """;
    FlagSnapshot read = FlagDocument.parse(document.getBytes(UTF_8));
    assertThat(FlagDocumentWriter.write(read, 7L)).isEqualTo(document);
  }

  // A random snapshot that never had, say, a salt of its own would prove nothing of salts.
  @Example
  void theRandomSnapshotsHaveEverything() {
    List<String> all = new ArrayList<>();
    for (long seed = 0; seed < 200; seed++) {
      all.add(RandomSnapshot.of(seed).toDocument());
    }
    assertThat(String.join("", all))
        .contains(
            "\"retired\"",
            "\"segments\"",
            "\"include\"",
            "\"exclude\"",
            "\"type\"",
            "\"from\"",
            "\"until\"",
            "\"deny\"",
            "\"allow\"",
            "\"requires\"",
            "\"rules\"",
            "\"percentage\"",
            "\"variants\"",
            "\"unit\"",
            "\"salt\"",
            "\"bucketer\"",
            "\"owner\"",
            "\"created\"",
            "\"expires\"",
            "\"weights\"",
            "\"variant\"",
            "\"goesOn\": true",
            "\"not\": true",
            "\"ignoreCase\": true",
            "\"segment\"",
            "\"value\"",
            "\\ud800",
            "\ud83d\ude00");
  }
}
