package dev.zdd.core.foreign;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A function of the C library, called through {@code java.lang.foreign} (JDK 22). By reflection,
 * because zdd is compiled for Java 17: one class instead of a second set of classes for a handful
 * of functions.
 */
public final class CFunction {
  private final MethodHandle handle;

  private CFunction(MethodHandle handle) {
    this.handle = handle;
  }

  /**
   * Whether functions may be called: on Linux, on JDK 22 and later, and if the JVM was started with
   * {@code --enable-native-access=dev.zdd.core} ({@code =ALL-UNNAMED} on the class path). Without
   * that option a call would work as well, and print a warning.
   */
  public static boolean isAllowed() {
    try {
      return Runtime.version().feature() >= 22
          && System.getProperty("os.name", "").equals("Linux")
          && (boolean)
              requireNonNull(
                  Module.class
                      .getMethod("isNativeAccessEnabled")
                      .invoke(CFunction.class.getModule()));
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  /**
   * The function {@code name}.
   *
   * @param result what it returns: the name of a constant of {@code ValueLayout}
   * @param arguments what it takes, likewise; ADDRESS takes a {@link #segment}
   * @throws ReflectiveOperationException if there is no such function, or no such API
   */
  public static CFunction of(String name, String result, String... arguments)
      throws ReflectiveOperationException {
    Class<?> linkerType = type("Linker");
    Class<?> layoutType = type("MemoryLayout");
    Class<?> signatureType = type("FunctionDescriptor");
    Object linker = linkerType.getMethod("nativeLinker").invoke(null);
    Object symbols = linkerType.getMethod("defaultLookup").invoke(linker);
    Optional<?> symbol =
        (Optional<?>)
            requireNonNull(
                type("SymbolLookup").getMethod("find", String.class).invoke(symbols, name));
    Object layouts = Array.newInstance(layoutType, arguments.length);
    for (int i = 0; i < arguments.length; i++) {
      Array.set(layouts, i, layout(arguments[i]));
    }
    Object signature =
        signatureType
            .getMethod("of", layoutType, layouts.getClass())
            .invoke(null, layout(result), layouts);
    Object noOptions = Array.newInstance(type("Linker$Option"), 0);
    return new CFunction(
        (MethodHandle)
            requireNonNull(
                linkerType
                    .getMethod(
                        "downcallHandle",
                        type("MemorySegment"),
                        signatureType,
                        noOptions.getClass())
                    .invoke(
                        linker,
                        symbol.orElseThrow(() -> new NoSuchMethodException(name)),
                        signature,
                        noOptions)));
  }

  /** Calls it; what it returns is boxed. */
  public Object call(Object... arguments) throws IOException {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IOException(t);
    }
  }

  /** The memory of a direct buffer, from its position to its limit, as an argument. */
  public static Object segment(ByteBuffer direct) throws ReflectiveOperationException {
    return requireNonNull(
        type("MemorySegment").getMethod("ofBuffer", Buffer.class).invoke(null, direct));
  }

  /** Where it lies, for a pointer within another. Keep the buffer until the call is over. */
  public static long address(ByteBuffer direct) throws ReflectiveOperationException {
    return (long)
        requireNonNull(type("MemorySegment").getMethod("address").invoke(segment(direct)));
  }

  private static Class<?> type(String name) throws ClassNotFoundException {
    return Class.forName("java.lang.foreign." + name);
  }

  private static Object layout(String name) throws ReflectiveOperationException {
    return requireNonNull(type("ValueLayout").getField(name).get(null));
  }
}
