package orders;

/** What is stored of an order. */
public record Order(String status, String item) {
  Order with(String status) {
    return new Order(status, item);
  }
}
