// What the nights cost: from the third on, each is a tenth cheaper.
export const handler = async ({ rate, nights }) => {
  const price = rate * Math.min(nights, 2) + 0.9 * rate * Math.max(nights - 2, 0);
  return { price: Math.round(price * 100) / 100 };
};
