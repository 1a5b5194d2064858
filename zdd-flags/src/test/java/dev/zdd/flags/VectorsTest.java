package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** vectors.json, made by src/test/python/zdd1.py, against Zdd1. */
class VectorsTest {
  @TempDir Path dir;

  @Test
  void hashesEveryTextAsTheVectorsSay() {
    assertThat(Vectors.of("murmur3_x86_32"))
        .hasSizeGreaterThan(30)
        .allSatisfy(v ->
            assertThat(Integer.toUnsignedLong(Murmur3.of(v.text("text"), (int) v.number("seed"))))
                .isEqualTo(v.number("hash")));
  }

  @Test
  void derivesEverySeedAsTheVectorsSay() {
    assertThat(Vectors.of("seeds"))
        .isNotEmpty()
        .allSatisfy(v ->
            assertThat(Integer.toUnsignedLong(Zdd1.seed(v.text("salt"))))
                .isEqualTo(v.number("seed")));
  }

  @Test
  void placesEveryIdAsTheVectorsSayAndNumbersWithoutTheirText() {
    assertThat(Vectors.of("buckets"))
        .hasSizeGreaterThan(200)
        .allSatisfy(v -> {
          int seed = Zdd1.seed(v.text("salt"));
          String id = v.text("id");
          assertThat(Zdd1.bucket(id, seed)).isEqualTo(v.number("bucket"));
          if (id.matches("0|-?[1-9][0-9]*")) {
            assertThat(Zdd1.bucket(Long.parseLong(id), seed)).isEqualTo(v.number("bucket"));
          }
        });
  }

  @Test
  void readsEveryPercentageAndItsThresholdAsTheVectorsSay() {
    assertThat(Vectors.of("thresholds"))
        .isNotEmpty()
        .allSatisfy(v -> {
          Percentage percentage = Percentage.parse(v.text("percentage"));
          assertThat(percentage.ppm()).isEqualTo((int) v.number("ppm"));
          assertThat(Zdd1.threshold(percentage.ppm())).isEqualTo(v.number("threshold"));
        });
  }

  @Test
  void aFlagDecidesAsTheVectorsSay() {
    assertThat(Vectors.of("decisions"))
        .hasSizeGreaterThan(100)
        .allSatisfy(v -> {
          Flags flags =
              Flags.of(
                  MemoryFlagSource.of(
                      FlagDefinition.builder("any")
                          .enabled(true)
                          .salt(v.text("salt"))
                          .percentage(v.text("percentage"))
                          .build()));
          assertThat(flags.flag("any").isEnabled(v.text("id"))).isEqualTo(v.bool("in"));
        });
  }

  @Test
  void choosesEveryVariantAsTheVectorsSay() {
    assertThat(Vectors.of("variants"))
        .hasSizeGreaterThan(100)
        .allSatisfy(v -> {
          Division division = new Zdd1().variants(v.text("salt"), v.weights());
          assertThat(division.part(division.place(v.text("id")))).isEqualTo((int) v.number("part"));
        });
  }

  @Test
  void aSecondImplementationInPythonAgreesWithTheVectors() throws Exception {
    assumeTrue(python("-c", "pass") == 0, "python3 is not installed");
    assertThat(python("-B", "src/test/python/zdd1.py", "verify", Vectors.FILE)).isZero();
  }

  @Test
  void theSecondImplementationFindsAWrongVector() throws Exception {
    assumeTrue(python("-c", "pass") == 0, "python3 is not installed");
    String good = Files.readString(Path.of(Vectors.FILE));
    String right = "\"test\", \"seed\": 0, \"hash\": 3127628307";
    assertThat(good).contains(right);
    Path wrong = Files.writeString(dir.resolve("wrong.json"), good.replace(right, right + "0"));
    assertThat(python("-B", "src/test/python/zdd1.py", "verify", wrong.toString())).isEqualTo(1);
  }

  private int python(String... args) throws InterruptedException {
    try {
      String[] command = new String[args.length + 1];
      command[0] = "python3";
      System.arraycopy(args, 0, command, 1, args.length);
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(said).isTrue();
      return process.exitValue();
    } catch (IOException e) {
      return -1; // not there
    }
  }
}
